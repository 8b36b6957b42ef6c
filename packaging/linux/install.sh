#!/bin/sh
# Put Gradient Explorer into this user's menu, or take it out again. No root needed.
#
#   ./install.sh             menu entry, icons, *.gx.toml files, a command in ~/.local/bin
#   ./install.sh --remove    takes all of that away; this folder and your settings stay
#
# The program itself stays in this folder: move it first to where it shall live. After
# moving it, run this again.
set -eu

name=gradient-explorer
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
share=${XDG_DATA_HOME:-$HOME/.local/share}
bin=$HOME/.local/bin

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

# Below share/: what a desktop looks for. Texts on licences stay here.
files() {
    (cd "$here/share" && find applications icons mime man bash-completion metainfo \
        -type f 2>/dev/null | sort)
}

# Only so that it is seen at once: a desktop finds out by itself at the next login.
refresh() {
    for tool in update-desktop-database update-mime-database gtk-update-icon-cache; do
        command -v "$tool" >/dev/null 2>&1 || continue
        case $tool in
            update-desktop-database) set -- -q "$share/applications" ;;
            update-mime-database) set -- "$share/mime" ;;
            *) set -- -q -t -f "$share/icons/hicolor" ;;
        esac
        "$tool" "$@" >/dev/null 2>&1 || true
    done
}

remove() {
    files | while IFS= read -r file; do rm -f "$share/$file"; done
    # Folders that we made and that are empty now.
    (cd "$here/share" && find applications icons mime man bash-completion metainfo \
        -type d 2>/dev/null | sort -r) | while IFS= read -r folder; do
        rmdir "$share/$folder" 2>/dev/null || true
    done
    # Not a command of the same name that is somebody else's.
    case $(readlink "$bin/$name" || true) in
        */"$name") rm -f "$bin/$name" ;;
    esac
}

# In a desktop entry a path stands in quotes, in which these characters are escaped, and the
# backslash of that once more; a percent sign is doubled.
quoted() {
    printf '%s' "$1" | sed -e 's/\\/\\\\\\\\/g' -e 's/[`$"]/\\\\&/g' -e 's/%/%%/g'
}

install_files() {
    mkdir -p "$share" "$bin" || fail "cannot write to $share"
    files | while IFS= read -r file; do
        mkdir -p "$share/$(dirname "$file")"
        cp "$here/share/$file" "$share/$file"
    done
    line="Exec=\"$(quoted "$here/$name")\" %f"
    entry=$share/applications/$name.desktop
    while IFS= read -r old; do
        case $old in
            Exec=*) printf '%s\n' "$line" ;;
            *) printf '%s\n' "$old" ;;
        esac
    done <"$here/share/applications/$name.desktop" >"$entry"
    ln -sf "$here/$name" "$bin/$name"
}

case ${1:-} in
    --remove)
        remove
        refresh
        echo "Gradient Explorer is no longer in the menu. To remove the program, delete $here"
        ;;
    "")
        [ -x "$here/$name" ] || fail "$here/$name is not there: unpack the whole archive"
        install_files
        refresh
        echo "Gradient Explorer is in the menu, and runs as $bin/$name"
        ;;
    *) fail "usage: ./install.sh [--remove]" ;;
esac
