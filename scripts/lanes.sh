# Runs the tests in two lanes, and measures what they cover. Sourced by scripts/test.
#
# What is about time runs one part after the other; beside it, at a lower priority, runs what only
# computes, or waits for other programs as long as it takes. What fails gets a second run at the
# end, alone, and the last lines say so: a race is mended, not endured. A folder is about time until
# it is named here.

TESTS=.tools/tests
CALM=" approvals audit cli clients config conformance console credentials doctor identity ledger oauth
    onboarding pinning policy providers published redaction telling "
PUBLISHED="tests/ways/test_http_clients.py tests/ways/test_real_servers.py tests/ways/test_real_wire.py"
CALM_AT_ROOT=" tests/test_floors.py tests/test_profiles_shipped.py tests/test_text.py "
FORGIVEN=3 # failed tests of a part; with more of them something is broken

run_all() {
    fresh_folder
    export bin TESTS CALM CALM_AT_ROOT PUBLISHED FORGIVEN
    export -f lane parts lane_of measured pytest_measured may_run_again failed_of told
    printf 'lane %s\n' timed calm | xargs -P 2 -I{} bash -euo pipefail -c '{}'
    if (($(parts | wc -l) != $(wc -l <$TESTS/times))); then
        echo "a lane of the tests broke off, and has left parts out" >&2
        return 1
    fi
    second_runs
    told_failures
}

run_chosen() { # WHAT...
    fresh_folder
    measured chosen 0 "$@" || { cat $TESTS/chosen.log && return 1; }
}

fresh_folder() {
    rm -rf $TESTS
    mkdir -p $TESTS
    touch $TESTS/{times,again,failed,needed}
    unset PYTHONDONTWRITEBYTECODE # each of some thousand processes would compile everything anew
}

lane() { # NAME
    local name what nice=0
    [[ $1 == timed ]] || nice=10
    parts | while read -r name what; do
        [[ $(lane_of "$name" "$what") != "$1" ]] || measured "$name" $nice $what </dev/null || true
    done
}

lane_of() { # NAME WHAT
    if [[ ${CALM//$'\n'/} == *" $1 "* || $CALM_AT_ROOT == *" $2 "* ]]; then echo calm; else echo timed; fi
}

# A line for each run of pytest: its name, and what it runs.
parts() {
    local folder file
    printf '%s\n' tests/ways/test_*.py | grep -vxF "${PUBLISHED// /$'\n'}" | xargs -n 4 |
        awk '{ print "ways-" NR, $0 }'
    echo published $PUBLISHED
    for folder in tests/console/ $(ls -d tests/*/ | grep -v -e /console/ -e /ways/); do
        ! compgen -G "${folder}test_*.py" >/dev/null || echo "$(basename "$folder") $folder"
    done
    for file in tests/test_*.py; do
        echo "$(basename "$file" .py) $file"
    done
}

measured() { # NAME NICENESS WHAT...
    local name=$1 status=0 began=$SECONDS
    pytest_measured "$name" "$name" "${@:2}" || status=$?
    echo "$((SECONDS - began)) $name" >>$TESTS/times
    told "$name" $((SECONDS - began))
    ((status != 0)) || return 0
    if ((status == 1)) && may_run_again "$name"; then
        echo "$name ${*:3}" >>$TESTS/again
    else
        echo "$name" >>$TESTS/failed
    fi
    return $status
}

pytest_measured() { # LOG CACHE NICENESS WHAT...
    COVERAGE_FILE=$PWD/$TESTS/.coverage nice -n "$3" $bin/coverage run -m pytest \
        -o cache_dir="$PWD/$TESTS/cache/$2" "${@:4}" >"$TESTS/$1.log" 2>&1
}

told() { # LOG SECONDS
    local end
    end=$(sed -nE 's/^=+ ([0-9]+ .* in .*) =+$/\1/p' "$TESTS/$1.log" | tail -n 1)
    printf '%-22s %5d s  %s\n' "$1" "$2" "${end:-$(tail -n 1 "$TESTS/$1.log")}"
}

# Whether pytest came to its end, and few tests failed: no crash, and no error of collection. What
# was found with random data is no race, though another run may not find it.
may_run_again() { # NAME
    local failed
    failed=$(failed_of "$1")
    [[ -f $failed ]] && (($(grep -c ': true' "$failed") <= FORGIVEN)) &&
        ! grep -qE 'Failing test case|@reproduce_failure' "$TESTS/$1.log"
}

failed_of() { # NAME
    echo "$TESTS/cache/$1/v/cache/lastfailed" # a JSON object, with a line for each failed test
}

second_runs() {
    local name what began
    while read -r name what; do
        began=$SECONDS
        sed -nE 's/^ *"(.*)": true,?$/\1/p' "$(failed_of "$name")" >>$TESTS/needed
        pytest_measured "$name-again" "$name" 0 --last-failed --last-failed-no-failures=none $what \
            </dev/null || echo "$name-again" >>$TESTS/failed
        # Why it failed once is all there is to find the race with.
        sed -nE '/^=+ (FAILURES|ERRORS) =+$/,$p' "$TESTS/$name.log"
        told "$name-again" $((SECONDS - began))
    done <$TESTS/again
}

told_failures() {
    local name
    while read -r name; do
        printf '\n-- %s\n' "$name"
        cat "$TESTS/$name.log"
    done <$TESTS/failed
    [[ ! -s $TESTS/failed ]]
}

# What the next look at the tests begins with: where the time went, and which tests were not sure.
summed_up() {
    printf '\nslowest parts:\n'
    sort -rn $TESTS/times | head -n 8 | while read -r seconds name; do told "$name" "$seconds"; done
    [[ ! -s $TESTS/needed ]] || sed 's/^/needed a second run: /' $TESTS/needed
}
