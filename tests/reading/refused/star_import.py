import torch
from torch.nn import *  # <- program-star-import
