"""What is wrong is one clear exception, with the code and the message of the command line."""

import shutil
from pathlib import Path

import nir
import numpy as np
import pytest
import spikemesh as sm
from conftest import SMALL, camera, graph, spikemesh

CASES = [
    ("profile", dict(profile="lohi2"), sm.ProfileError, "E0101", "did you mean `loihi2`"),
    ("profile list", dict(profile="loihi2,odin"), sm.ProfileError, "E0101", "loihi2,odin"),
    ("steps", dict(steps=0), sm.UsageError, None, "--steps"),
    ("steps' type", dict(steps="many"), sm.UsageError, None, "--steps"),
    ("timing", dict(timing="evnt"), sm.UsageError, None, "similar"),
    ("recipe", dict(recipe="bst"), sm.UsageError, None, "bst"),
    ("option", dict(stepps=3), sm.UsageError, None, "--stepps"),
    ("path", dict(input="/no/such.png"), sm.InputError, "E0401", "/no/such.png"),
    ("shape", dict(input=np.zeros((3, 7, 7), np.float32)), sm.InputError, "E0406", "`input`"),
    ("type", dict(input=np.zeros((3, 128, 128), np.int64)), sm.InputError, "E0406", "`input`"),
    ("number", dict(input=np.full((3, 128, 128), np.nan)), sm.InputError, "E0407", "nan"),
    ("object", dict(input=object()), sm.UsageError, None, "object is no input"),
    ("stdin", dict(input="-"), sm.UsageError, None, "standard input"),
    ("empty list", dict(input=[]), sm.InputError, "E0404", "the list of inputs"),
    ("calibration", dict(calibrate="/no/such"), sm.InputError, "E0401", "/no/such"),
    ("placement", dict(placement="spiral"), sm.UsageError, None, "spiral"),
    ("threads", dict(threads=-1), sm.UsageError, None, "threads=-1"),
    ("threads' type", dict(threads=1.0), sm.UsageError, None, "threads=1.0"),
    ("many threads", dict(threads=1 << 70), sm.UsageError, None, "from 0 to 1024"),
    ("no UTF-8", dict(input="a\udcff"), sm.UsageError, None, "UTF-8"),
    ("array", dict(recipe=np.zeros(2)), sm.UsageError, None, "ndarray"),
    ("chip", dict(profile="truenorth"), sm.MappingError, "E0701", "spikemesh run digits"),
]


@pytest.mark.parametrize(
    "options, kind, code, says", [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_a_run_that_cannot_be(options, kind, code, says):
    with pytest.raises(sm.Error) as caught:
        sm.run("digits", **{"timing": "analytic", "progress": False, **options})
    error = caught.value
    assert type(error) is kind, repr(error)
    assert error.code == code
    assert says.lower() in str(error).lower(), str(error)
    assert str(error).startswith(code or "") and "spikemesh-" not in str(error)


def test_the_message_is_that_of_the_command_line():
    line = spikemesh("run", "digits", "--profile", "lohi2", check=False)
    with pytest.raises(sm.ProfileError) as caught:
        sm.run("digits", profile="lohi2", progress=False)
    assert line.returncode == 1 and str(caught.value) in line.stderr
    usage = spikemesh("run", "--steps", "0", check=False)
    with pytest.raises(ValueError) as caught:
        sm.run("digits", steps=0, progress=False)
    assert usage.returncode == 2 and str(caught.value) in usage.stderr


@pytest.mark.parametrize(
    "source, kind, code, says",
    [
        ("nonsense", sm.CommandError, "E2033", "nonsense"),
        ("/no/such.onnx", sm.NetworkError, "E0201", "/no/such.onnx"),
        (42, sm.UsageError, None, "int is no network"),
        ("a\udcff", sm.UsageError, None, "UTF-8"),
    ],
)
def test_a_network_that_cannot_be(source, kind, code, says):
    with pytest.raises(sm.Error, match=says) as caught:
        sm.load(source)
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_a_damaged_network(tmp_path):
    path = tmp_path / "no.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(sm.NetworkError) as caught:
        sm.load(path)
    assert caught.value.code == "E0202"


def test_a_graph_that_is_not_supported():
    bad = graph()
    bad.nodes["lif1"].v_threshold[0] = np.nan
    with pytest.raises(sm.NetworkError, match="`network`"):
        sm.load(bad)


def test_inputs_of_another_kind_of_network():
    with pytest.raises(sm.Error) as caught:
        sm.run(graph(), np.zeros((4, 9)), progress=False)
    assert caught.value.code == "E0425"
    with pytest.raises(sm.Error) as caught:
        sm.run(camera(), np.zeros((3, 3), np.uint8), encode="phse", progress=False)
    assert caught.value.code is None
    with pytest.raises(sm.CommandError) as caught:
        sm.run("digits", bin=0.001, progress=False)
    assert caught.value.code == "E2040"


def test_profiles():
    with pytest.raises(sm.ProfileError) as caught:
        sm.Profile("loihi2").with_({"costs.static_mw_per_chip": -1})
    assert caught.value.code == "E0103"
    with pytest.raises(sm.UsageError, match="several keys end with `energy_pj`"):
        sm.Profile("loihi2").with_(energy_pj=1)
    with pytest.raises(sm.ProfileError, match="neurons_per_cor"):
        sm.Profile("loihi2").with_(neurons_per_cor=1)
    with pytest.raises(sm.ProfileError, match="profile.toml:1"):
        sm.Profile.from_toml("inherits = 'nothing'")


def test_what_a_run_does_not_have():
    run = sm.run("digits", steps=2, timing="analytic", progress=False)
    with pytest.raises(sm.UsageError, match="record_spikes=True"):
        run.spikes
    with pytest.raises(sm.UsageError, match="did you mean `act1`"):
        run.heat("act11")
    with pytest.raises(sm.ProfileError, match="E0101"):
        run.price("lohi2")
    with pytest.raises(sm.UsageError, match="no input `x`"):
        run["x"]
    assert run.classes is None and run.fidelity is None


def test_folders_that_exist(tmp_path):
    run = sm.run("digits", steps=2, timing="analytic", progress=False)
    with pytest.raises(sm.ReportError) as caught:
        run.save(tmp_path)
    assert caught.value.code == "E1101"


NO_NAMES = ["/tmp/a", "../a", "a/b", "a\\b", "", ".", "..", "a" * 201, "é" * 101, "a\0", "a\udcff"]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_leads_nowhere_and_leaves_nothing(name, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for call in (
        lambda: sm.run("digits", {name: np.zeros((8, 8), np.uint8)}, **SMALL),
        lambda: sm.load(graph(), name=name),
        lambda: sm.Profile.from_toml("inherits = 'loihi2'", name),
    ):
        with pytest.raises(sm.UsageError):
            call()
    assert not [path for path in tmp_path.rglob("*") if not path.is_dir()]


def test_names_are_kept_as_they_are():
    assert sm.load(graph(), name="yolo-v1.1").name == "yolo-v1.1"
    assert sm.Profile.from_toml("inherits = 'loihi2'", "chip-v1.1").name == "chip-v1.1"
    with pytest.raises(sm.UsageError, match="two inputs are called `1`"):
        sm.run("digits", {1: np.zeros((8, 8)), "1": np.zeros((8, 8))}, **SMALL)


IDLE = "out json heads nir_data trace trace_steps gz parquet plots max_memory quiet".split()


@pytest.mark.parametrize("option", [*IDLE, "trace-steps"])
def test_options_without_effect_are_refused(option):
    with pytest.raises(sm.UsageError, match=f"`{option}` has no effect in Python; "):
        sm.run("digits", **{option: "x"}, **SMALL)
    assert sm.run("digit-256", **{option: None}, **SMALL)


@pytest.mark.parametrize("call", [sm.evaluate, sm.compare, sm.tune, sm.convert])
def test_reports_are_not_sent_elsewhere(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for option in ("out", "json", "quiet", *(["report"] if call is sm.convert else [])):
        with pytest.raises(sm.UsageError, match=f"`{option}` has no effect in Python; "):
            call("digits", **{option: "x"})
    with pytest.raises(sm.UsageError, match="threads=-1"):
        call("digits", threads=-1)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_saved(tmp_path):
    run = sm.run("digit-256", **SMALL)
    converted = sm.convert("digit-256", recipe="paper", steps=1, limit=1, progress=False)
    file, report = tmp_path / "a.spikemesh", converted.report
    for value in (run, converted, report):
        with pytest.raises(sm.UsageError, match="bytes is no path"):
            value.save(b"x")
    (tmp_path / "file").write_text("")
    with pytest.raises(sm.ReportError, match="E1105: .*Not a directory"):
        report.save(tmp_path / "file" / "report")
    with pytest.raises(sm.ConversionError, match="E0611: .*No such file"):
        converted.save(tmp_path / "none" / "a.spikemesh")
    shutil.rmtree(report.folder)
    Path(converted.path).unlink()
    with pytest.raises(sm.ReportError, match="E1105: .* gone"):
        report.save(tmp_path / "report")
    with pytest.raises(sm.ConversionError, match="E0611: .* gone"):
        converted.save(file)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_every_class_of_errors_is_there():
    import spikemesh._errors as errors

    assert set(errors._BLOCKS.values()) <= {getattr(sm, name) for name in sm.__all__}
    assert nir.__name__ and errors.of("E9999", "new").code == "E9999"
