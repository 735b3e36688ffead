# Sets up what scripts/test and scripts/demo share: `.venv` with localguard, `.tools` with servers.
# Sourced from the project's folder. What was installed once is kept until its files change.

bin=.venv/bin

# Runs COMMAND... unless it succeeded before with the same FILES.
once() { # STAMP FILES COMMAND...
    local stamp=.tools/$1.stamp sum
    sum=$(cat $2 | cksum) # unquoted: several files
    [[ -f $stamp && $(<"$stamp") == "$sum" ]] && return
    mkdir -p .tools
    "${@:3}"
    echo "$sum" >"$stamp"
}

install_localguard() {
    [[ -x $bin/localguard ]] || rm -f .tools/venv.stamp
    once venv "constraints.txt pyproject.toml" fill_venv
}

fill_venv() {
    [[ -x $bin/python ]] || new_venv .venv
    $bin/python -m pip install -qq --require-hashes -r constraints.txt
    $bin/python -m pip install -qq --no-deps --no-build-isolation -e .
}

install_pypi_servers() {
    install_packages pypi tests/tools/servers.txt
}

install_canaille() {
    install_packages canaille tests/tools/canaille.txt
}

# Fills an environment of its own below .tools: what runs there is no part of localguard.
install_packages() { # NAME LOCKED
    [[ -x .tools/$1/bin/python ]] || rm -f ".tools/$1.stamp"
    once "$1" "$2" fill_environment ".tools/$1" "$2"
}

fill_environment() { # FOLDER LOCKED
    rm -rf "$1"
    new_venv "$1"
    "$1/bin/pip" install -qq --require-hashes -r "$2"
}

new_venv() { # FOLDER
    local python
    for python in python3.11 python3 python3.12 python3.13 python3.14; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
        "$python" -m venv "$1"
        return
    done
    echo "No Python 3.11 or later was found. Fix: install one." >&2
    return 1
}
