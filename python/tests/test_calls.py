"""How a run behaves beside the rest of a program."""

import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import spikemesh as sm
from conftest import shared, spikemesh

LONG = "import spikemesh as sm; sm.run('digits', steps=1024, timing='event', recipe='paper')"


def python(code, **options):
    line = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.Popen(line, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.parametrize("call", ["", ", progress=lambda *_: None", ", threads=1"])
def test_ctrl_c_ends_a_run_within_a_second(call):
    process = python("print(flush=True); " + LONG.replace(")", f"{call})"), stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(2.5)
    assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    begin = time.monotonic()
    error = process.communicate(timeout=30)[1]
    took = time.monotonic() - begin
    assert "KeyboardInterrupt" in error and process.returncode != 0
    # The interpreter ends, too.
    assert took < 2, took


def test_a_run_that_was_ended_leaves_the_next_one_alone():
    def stop(what, share):
        if what == "emulating":
            raise KeyError(what)

    options = dict(steps=256, timing="event", recipe="paper")
    with pytest.raises(KeyError):
        sm.run("digits", progress=stop, **options)
    threads = threading.active_count()
    plain = sm.run("digits", steps=2, timing="analytic", progress=False).summary
    assert sm.run("digits", steps=2, timing="analytic", progress=False).summary == plain
    assert threading.active_count() == threads


def test_progress_grows_and_ends():
    told = []
    sm.run(
        "digits", steps=64, recipe="paper", progress=lambda what, share: told.append((what, share))
    )
    shares = [share for what, share in told if what == "emulating"]
    assert shares and shares == sorted(shares) and shares[-1] == 1.0


def test_other_threads_go_on():
    ticks, done = [], threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.monotonic())
            time.sleep(0.01)

    other = threading.Thread(target=tick)
    other.start()
    begin = time.monotonic()
    sm.run("digits", steps=32, progress=False)
    took = time.monotonic() - begin
    done.set()
    other.join()
    during = [tick for tick in ticks if tick < begin + took]
    assert len(during) > 20 * took, (len(during), took)


def test_runs_side_by_side_and_on_any_threads_are_the_same():
    runs = {}

    def one(n):
        runs[n] = sm.run("digits", steps=4, threads=n, progress=False).summary

    threads = [threading.Thread(target=one, args=(n,)) for n in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert len(runs) == 4 and all(run == runs[0] for run in runs.values())


def figures(steps):
    return sm.run("digits", steps=steps, timing="analytic", progress=False).summary


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_have_threads_of_their_own(method):
    here = figures(2)
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        assert [job.result(timeout=120) for job in [pool.submit(figures, 2)] * 2] == [here, here]


def test_remarks_are_warnings():
    network = sm.load(shared("field/grey-28.onnx"))
    values = np.random.default_rng(0).random(network.shape, dtype=np.float32)
    with pytest.warns(sm.SpikemeshWarning, match="calibrat") as caught:
        sm.run(network, values, steps=2, progress=False)
    assert caught[0].filename == __file__


def test_importing_is_quick():
    code = "import sys, spikemesh; assert not {'numpy', 'tqdm', 'nir'} & set(sys.modules)"
    assert python(code).wait() == 0


def test_the_program_is_the_command_line():
    assert sm.__version__ in spikemesh("--version").stdout
    assert spikemesh("bogus", check=False).returncode == 2
    assert spikemesh("profiles", "show", "nothing", check=False).returncode == 1
