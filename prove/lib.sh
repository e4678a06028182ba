# shellcheck shell=bash
# What proofs share. A proof is a bash script prove/<ID> that begins like this:
#
#   #!/usr/bin/env bash
#   # One sentence: what is measured.
#   . "$(dirname "$0")/lib.sh"
#
# It runs its steps with prove_step and hands its table to prove_table.
set -euo pipefail
# A step that fails inside $(…) must end the proof, not leave a cell empty.
shopt -s inherit_errexit

PROVE_ID=${PROVE_ID:-$(basename "$0")}
PROVE_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cd "$PROVE_ROOT"
PROVE_REPORT=$PROVE_ROOT/docs/measurements.md

# Uncommitted work as a short sum, or nothing. The report itself does not count: proofs write it.
prove_changes() {
    local changes
    changes=$(
        git diff HEAD -- . ':(exclude)docs/measurements.md'
        git ls-files --others --exclude-standard -- . ':(exclude)docs/measurements.md' |
            while IFS= read -r file; do cksum -- "$file"; done
    )
    if [ -n "$changes" ]; then printf '%s' "$changes" | cksum | cut -d ' ' -f 1; fi
}

PROVE_COMMIT=$(git rev-parse --short=12 HEAD)
PROVE_CHANGES=$(prove_changes)
PROVE_DIR=$PROVE_ROOT/target/prove/$PROVE_ID/$PROVE_COMMIT${PROVE_CHANGES:+-$PROVE_CHANGES}
mkdir -p "$PROVE_DIR"

# prove_step NAME COMMAND...
# Runs a step once per state of the code and prints what it printed. A later run prints the same
# again without running it; a step that failed or was stopped is run again.
# The command may be a function of the proof. Its progress belongs on standard error.
prove_step() {
    local name=$1 status=0 began=$SECONDS
    local kept=$PROVE_DIR/$name.done part=$PROVE_DIR/$name.part
    shift
    if [ -f "$kept" ]; then
        echo "$PROVE_ID $name: measured before" >&2
        cat "$kept"
        return 0
    fi
    echo "$PROVE_ID $name: running" >&2
    # Not `|| status=$?`: that would switch `set -e` off inside the step.
    set +e
    (
        set -e
        "$@"
    ) >"$part"
    status=$?
    set -e
    if [ $status != 0 ]; then
        echo "$PROVE_ID $name: failed with exit code $status; what it printed is in $part" >&2
        return $status
    fi
    mv "$part" "$kept"
    echo "$PROVE_ID $name: $((SECONDS - began)) s" >&2
    cat "$kept"
}

# prove_table ID TITLE <TABLE
# Writes the section of one proof into docs/measurements.md, in the order of the ids, and leaves
# every other section as it is.
prove_table() {
    local id=$1 title=$2 folder file line state=
    folder=$(mktemp -d "${TMPDIR:-/tmp}/pgsextant-prove.XXXXXX")
    mkdir "$folder/sections"
    if [ -f "$PROVE_REPORT" ]; then
        # Sections go into files of their own; whatever stands outside them stays on top.
        file=$folder/top
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in
            '<!-- /'*' -->')
                printf '%s\n' "$line" >>"$file"
                file=$folder/top
                ;;
            '<!-- '[A-Z]*[0-9]' -->')
                state=${line#<!-- }
                file=$folder/sections/${state% -->}
                printf '%s\n' "$line" >"$file"
                ;;
            *) printf '%s\n' "$line" >>"$file" ;;
            esac
        done <"$PROVE_REPORT"
    else
        # shellcheck disable=SC2016 # the backquotes are Markdown
        printf '%s\n' '# Measurements' '' \
            'Each section is written by `make prove WHAT=ID`. Do not edit between the markers.' \
            >"$folder/top"
    fi
    {
        printf '<!-- %s -->\n## %s: %s\n\n' "$id" "$id" "$title"
        cat
        printf '\nMeasured at commit %s of %s%s, on %s cores, with rustc %s.\n<!-- /%s -->\n' \
            "$PROVE_COMMIT" "$(git log -1 --format=%cs)" \
            "${PROVE_CHANGES:+ with uncommitted changes}" "$(getconf _NPROCESSORS_ONLN)" \
            "$(rustc --version | cut -d ' ' -f 2)" "$id"
    } >"$folder/sections/$id"
    {
        # Blank lines that separate sections are written anew each time.
        sed -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$folder/top"
        for file in $(cd "$folder/sections" && printf '%s\n' * | LC_ALL=C sort -k1.1,1.1 -k1.2,1n); do
            printf '\n'
            cat "$folder/sections/$file"
        done
    } >"$folder/report"
    mkdir -p "$(dirname "$PROVE_REPORT")"
    # Through the same file, so that its mode and any link to it stay.
    cat "$folder/report" >"$PROVE_REPORT"
    rm -rf "$folder"
    echo "$PROVE_ID: wrote section $id of ${PROVE_REPORT#"$PROVE_ROOT"/}" >&2
}
