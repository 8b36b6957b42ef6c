#!/usr/bin/env bash
# Makes "Gradient Explorer.app" and a disk image of it on a Mac. UNTESTED: it was written
# without one. Needs Python 3.11 or later and Xcode's command line tools.
#
#   packaging/macos/build.sh
#
# The result is signed for this Mac only ("ad hoc"). Others open it with a right click and
# "Open", or you sign it with a certificate of yours: CODESIGN_IDENTITY="Developer ID …".
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
[ "$(uname)" = Darwin ] || { echo "This makes a macOS application: run it on a Mac." >&2; exit 1; }

work=build/macos
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install -q -c packaging/constraints.txt -e '.[dev]' pyinstaller

"$work/venv/bin/python" packaging/macos/app.py "$work/gradient-explorer.iconset"
iconutil --convert icns --output "$work/gradient-explorer.icns" "$work/gradient-explorer.iconset"

"$work/venv/bin/pyinstaller" --noconfirm --distpath "$work/dist" --workpath "$work/work" \
    packaging/gradient-explorer.spec
app="$work/dist/Gradient Explorer.app"
"$work/venv/bin/python" packaging/licences.py "$app/Contents/Resources/licences"
codesign --force --deep --sign "${CODESIGN_IDENTITY:--}" "$app"
"$app/Contents/MacOS/gradient-explorer" --version

version=$("$work/venv/bin/python" -c 'import explorer; print(explorer.__version__)')
mkdir -p dist
image="dist/gradient-explorer-$version-macos-$(uname -m).dmg"
hdiutil create -volname "Gradient Explorer" -srcfolder "$app" -ov -format ULMO "$image"
shasum -a 256 "$image"
