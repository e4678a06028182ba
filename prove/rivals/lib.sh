# shellcheck shell=bash
# The rivals of the proofs B3 and B6, taken from their registries into target/prove/rivals.
RIVALS=$PROVE_ROOT/target/prove/rivals

# ExplainSQL 0.3.0 beside our own library.
rival_explainsql() {
    cargo build --release --manifest-path prove/rivals/Cargo.toml --target-dir "$RIVALS/build" >&2
    echo "$RIVALS/build/release/pgsextant-rivals"
}

# pev2's service as a module: the package exports its Vue component alone, so one line more.
rival_pev2() {
    local folder=$RIVALS/node name
    mkdir -p "$folder"
    printf '%s\n' '{"private": true, "type": "module",' \
        '"dependencies": {"pev2": "1.21.0", "vue": "3.5.13"}}' >"$folder/package.json"
    [ -d "$folder/node_modules/pev2" ] ||
        (cd "$folder" && npm install --silent --no-audit --no-fund --ignore-scripts >&2)
    cp "$folder/node_modules/pev2/dist/pev2.es.js" "$folder/pev2.mjs"
    name=$(grep -oE '= [A-Za-z_$]+\.fromSource' "$folder/pev2.mjs" | head -1)
    name=${name#= }
    echo "export { ${name%.fromSource} as service };" >>"$folder/pev2.mjs"
    echo "$folder/pev2.mjs"
}

# dataxplan 0.1.3, as a folder for PYTHONPATH.
rival_dataxplan() {
    [ -d "$RIVALS/python/dataxplan" ] ||
        pip install --quiet --target "$RIVALS/python" dataxplan==0.1.3 >&2
    echo "$RIVALS/python"
}
