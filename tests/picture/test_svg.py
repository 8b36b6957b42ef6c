"""The picture as SVG: well-formed, complete, in both palettes and languages."""

import re
from xml.etree import ElementTree

import pytest
from graphs import chain, connected, detached, formula

from explorer import i18n
from explorer.explain.trace_records import Trace
from explorer.picture.layout import TEXT_SIZE, layout, text_width
from explorer.picture.legend import wrapped
from explorer.picture.palette import DARK, LIGHT, PALETTES, Palette
from explorer.picture.scene import scene
from explorer.picture.svg import svg
from explorer.words.graph import LEGEND

SVG = "{http://www.w3.org/2000/svg}"


def draw(
    trace: Trace, palette: Palette = LIGHT, language: str = "en", title: str = "T"
) -> ElementTree.Element:
    text = svg(layout(scene(trace)), palette, i18n.load(language), title=title)
    return ElementTree.fromstring(text)


def texts(picture: ElementTree.Element) -> list[str]:
    return ["".join(each.itertext()) for each in picture.iter(f"{SVG}text")]


def test_values_gradients_and_contributions_can_be_read() -> None:
    shown = texts(draw(connected()))
    assert [each for each in shown if each.startswith("grad")] == [
        "grad 10",
        "grad 37",
        "grad 10",
        "grad 1",
    ]
    assert shown.count("10") == 4  # three contributions, and the legend's sample
    assert "27" in shown


def test_none_is_written_none_and_a_cut_has_scissors() -> None:
    shown = texts(draw(detached()))
    assert "grad None" in shown
    assert LEGEND["cut"] in shown
    assert LEGEND["cut"] not in texts(draw(connected()))


def test_it_has_a_title_and_a_description_and_every_node_says_what_it_is() -> None:
    picture = draw(detached(), title="A & B <c>")
    titles = [each.text for each in picture.iter(f"{SVG}title")]
    assert titles[0] == "A & B <c>"
    assert picture.findtext(f"{SVG}desc") == "5 operations. Parameters with a gradient: 1 of 2."
    assert "x (in training): value 2, gradient None" in titles
    assert picture.get("aria-labelledby") == "title description"


def test_what_xml_cannot_hold_is_shown_escaped_or_left_out() -> None:
    title = "a\x00\x1b\ud800\ufffeb]]>"
    assert texts(draw(connected(), title=title))[0] == r"a\x00\x1b\ud800b]]>"


@pytest.mark.parametrize("palette", PALETTES.values(), ids=list(PALETTES))
def test_only_colours_of_the_palette_are_used(palette: Palette) -> None:
    text = svg(layout(scene(detached())), palette, i18n.load("en"), title="T")
    known = {*vars(palette).values()} - {palette.curves} | set(palette.curves)
    assert set(re.findall(r'"(#[0-9a-f]{6})"', text)) <= known
    assert palette.curves[0] in text


def test_chinese_leaves_no_english_sentence() -> None:
    shown = texts(draw(detached(), DARK, "zh_CN"))
    assert not set(shown) & set(LEGEND.values())
    assert any("切断" in each for each in shown)


def test_a_large_graph_has_boxes_for_its_parts() -> None:
    shown = texts(draw(chain(3000)))
    assert "z0 … z82" in shown
    assert "250 operations" in shown


def test_an_objective_that_is_a_parameter_is_a_picture_too() -> None:
    picture = draw(formula('objective="out"\nformula="out = x"\nparameters.x = 1.0'))
    assert picture.findtext(f"{SVG}desc") == "There is no operation in this graph."


@pytest.mark.parametrize("room", [40.0, 120.0, 10_000.0])
@pytest.mark.parametrize(
    "sentence",
    ["a number at a line: what it adds", "线上的数：它对上方梯度的贡献", "supercalifragilistic"],
)
def test_a_sentence_of_the_legend_is_wrapped_without_losing_a_letter(
    sentence: str, room: float
) -> None:
    lines = wrapped(sentence, room)
    assert "".join("".join(lines).split()) == "".join(sentence.split())
    for line in lines:
        # One word alone may be too long.
        assert text_width(line, TEXT_SIZE) <= room or len(line.split()) == 1
    assert (len(lines) == 1) == (
        room > 1_000 or (len(sentence.split()) == 1 and sentence.isascii())
    )
