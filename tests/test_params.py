import copy
import dataclasses
from pathlib import Path

import pytest
from dvc.utils.serialize import parse_yaml
from ruamel.yaml import YAML

from rpgan import params
from rpgan.errors import UserError
from rpgan.processes import ARFIMA
from rpgan.processes.parameter_laws import Uniform

ROOT = Path(__file__).parents[1]
TOY = Path(__file__).parent / "workflow" / "params.yaml"


@pytest.fixture
def toy():
    return copy.deepcopy(params.read(TOY))


@pytest.fixture(scope="module")
def shipped():
    """The settings that come with the project."""
    return params.load(ROOT / "params.yaml")


def refused(data, message):
    with pytest.raises(UserError) as caught:
        params.check(data)
    assert "\n" not in str(caught.value)
    assert message in str(caught.value)


def test_the_default_grid(shipped):
    members = "fgn_h0.2 fgn_h0.8 fbm_h0.5 band3 shot_exp_nu0.5 shot_gauss_nu1 bg_p0.1 sas_a1.5"
    assert shipped.members(shipped.grid) == members.split()
    assert len(shipped.runs(shipped.grid)) == 8 * 3 * 2


def test_the_training_set_is_part_of_a_battery_that_looks_at_it(toy):
    """So that scores without `copies` are not made again for another training set."""
    assert params.check(toy).battery("bg").training == params.check(toy).draw("bg", "train")
    toy["evaluation"]["metrics"] = [{"name": "psd_distance"}]
    assert params.check(toy).battery("bg").training is None


def test_the_published_grid(shipped):
    """77 datasets of 16384 + 4096 series of 4096 samples; 500 epochs in batches of 128."""
    datasets = [shipped.datasets[name] for name in shipped.members("paper")]
    assert len(datasets) == 77
    assert {(d.length, d.n_train, d.n_test) for d in datasets} == {(4096, 16384, 4096)}
    sizes = [len(shipped.sweeps[family].members) for family in shipped.grids["paper"].datasets]
    assert sizes == [8, 11, 11, 12, 12, 12, 11]
    for name in shipped.grids["paper"].models:
        training = shipped.models[name].training
        assert training is not None
        assert training.steps * training.discriminator_updates * 128 == 500 * 16384
        assert training.batch_size == 128


def test_every_published_run_is_in_a_grid(shipped):
    """211 pairs: two networks on 77 datasets, by quantiles on 23, and one more on 11."""
    grids = [name for name in shipped.grids if name.startswith("paper")]
    pairs = {(dataset, model) for grid in grids for dataset, model, _ in shipped.runs(grid)}
    assert len(pairs) == 211


@pytest.mark.parametrize(
    ("dataset", "model", "shape"),
    [
        ("curves", "dcgan1d", (1, 100)),
        ("sines_timegan", "timegan", (5, 24)),
        ("fgn_asked", "wavegan_hurst", (1, 256)),
        ("fgn_asked", "stftgan_hurst", (2, 17, 17)),
        ("band_asked", "acgan_band", (1, 256)),
        ("digit_rows", "rcgan_digits", (14, 14)),
        ("sines_timegan", "timegan_small", (5, 24)),
        ("fgn4096_uniform", "flow_matching4096", (1, 4096)),
        ("fgn_h0.2", "flow_matching", (1, 256)),
        ("ofdm128_k36", "pskgan128", (2, 1024)),
        ("ofdm256_k112", "wavegan_iq", (2, 2048)),
        ("ofdm128_k36", "stftgan_ofdm128", (2, 128, 33)),
        ("ofdm256_f50", "stftgan_ofdm256", (2, 256, 33)),
        ("ofdm512_epa5", "stftgan_ofdm512", (2, 512, 65)),
        ("fgn4096_multimodal", "stftgan65", (2, 65, 65)),
    ],
)
def test_other_published_pairs_are_targets(shipped, dataset, model, shape):
    assert shipped.run(dataset, model, 0).data.shape() == shape
    assert shipped.battery(dataset).real.n == shipped.datasets[dataset].n_test


def test_recordings_within_the_range_of_tanh_need_no_scale(toy):
    toy["representations"]["as_is"] = [{"name": "scale", "kind": "none"}]
    toy["models"]["wavegan"]["representation"] = "as_is"
    source = {"name": "wav_folder", "path": "recordings/birds"}
    sizes = {"length": 64, "n_train": 64, "n_test": 9}
    toy["datasets"]["birds"] = {"source": source} | sizes
    toy["grids"]["toy"] |= {"datasets": ["birds"], "models": ["wavegan"]}
    assert params.check(toy).run("birds", "wavegan", 0).data.bounded()
    toy["datasets"]["birds"]["source"] = {
        "name": "table",
        "path": "recordings/t.csv",
        "columns": ["a"],
    }
    refused(toy, "the generator ends in tanh, within [-1, 1], and representations.as_is does not")


def test_members_are_named_after_what_they_sweep(shipped):
    for name, setting, value in (
        ("shot_gauss_nu1", "rate", 1),
        ("fgn_h0.05", "hurst", 0.05),
        ("band3", "band", 3),
    ):
        assert getattr(shipped.datasets[name].process, setting) == value
    families = shipped.families()
    assert families["fgn"]["members"] == {"fgn_h0.2": 0.2, "fgn_h0.8": 0.8}
    assert families["fgn"]["parameter"] == "hurst"
    assert len(families) == 7


def test_families_of_figures(toy):
    """A sweep over words, or over two settings, has no one axis: its members are drawn alone."""
    shot = {"length": 64, "n_train": 9, "n_test": 9}
    toy["datasets"]["shot"] = shot | {
        "members": "shot_{arrivals}_{rate}",
        "process": {"name": "shot_noise", "rate": [1, 2], "arrivals": ["grid", "continuous"]},
    }
    toy["grids"]["toy"]["datasets"] = ["fgn", "shot_grid_1", "shot_grid_2", "bg"]
    families = params.check(toy).families()
    assert {name: f["members"] for name, f in families.items()} == {
        "fgn": {"fgn_h0.3": 0.3, "fgn_h0.7": 0.7},
        "shot_grid_1": {"shot_grid_1": 1.0},
        "shot_grid_2": {"shot_grid_2": 2.0},
        "bg": {"bg": 0.2},
    }
    assert families["shot_grid_1"]["parameter"] == "rate"


def test_sets_are_independent_and_repeatable(toy):
    p = params.check(toy)
    draws = [p.draw("bg", "train"), p.draw("bg", "test"), p.draw("fgn_h0.3", "train")]
    first = [draw.series()[0, 0] for draw in draws]
    twin = dataclasses.replace(draws[0], dataset="twin")
    first.append(twin.series()[0, 0])
    draws.append(twin)
    assert len(set(first)) == 4
    assert first == [draw.series()[0, 0] for draw in draws]


def test_a_sweep_may_name_its_values(toy):
    """For values that make no names: negative numbers, laws, words that are too long."""
    toy["datasets"]["walk"] = {
        "members": "walk_{d}",
        "process": {
            "name": "arfima",
            "d": {"minus": -0.4, "any": {"name": "uniform", "low": -0.4, "high": 0.4}},
        },
        "length": 64,
        "n_train": 9,
        "n_test": 9,
    }
    toy["grids"]["toy"]["datasets"] = ["walk"]
    p = params.check(toy)
    assert p.sweeps["walk"].members == ["walk_minus", "walk_any"]
    assert p.datasets["walk_minus"].process == ARFIMA(d=-0.4)
    assert p.datasets["walk_any"].varying == {"d": Uniform(low=-0.4, high=0.4)}
    axes = {name: family["parameter"] for name, family in p.families().items()}
    assert axes == {"walk_minus": "d", "walk_any": ""}


def test_a_pair_gets_the_replicates_of_the_grid_that_asks_for_most(toy):
    toy["grids"]["more"] = {"datasets": ["fgn"], "models": ["wavegan"], "replicates": 3}
    p = params.check(toy)
    assert len(p.pair("fgn_h0.3", "wavegan")) == 3
    assert len(p.pair("fgn_h0.3", "stftgan")) == 1
    assert len(p.runs("toy")) == 4


def test_yaml_is_read_as_dvc_reads_it(tmp_path):
    """`dvc exp run -S` writes 1e-05, which YAML 1.1 takes for text."""
    text = "a: 1e-05\nb: 1e-3\nc: 017\nd: yes\ne: 1:30\n"
    (tmp_path / "p.yaml").write_text(text)
    read = params.read(tmp_path / "p.yaml")
    assert read == parse_yaml(text, "p.yaml")
    assert read["a"] == 1e-5
    shipped = (ROOT / "params.yaml").read_text()
    assert params.read(ROOT / "params.yaml") == parse_yaml(shipped, "params.yaml")
    assert YAML(typ="safe").load(shipped) == parse_yaml(shipped, "params.yaml")


def test_a_key_twice_is_an_error(tmp_path):
    (tmp_path / "params.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(UserError, match=r"params\.yaml, line 2: found duplicate key"):
        params.read(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_text("seed: [1\n")
    with pytest.raises(UserError, match=r"params\.yaml, line 2"):
        params.read(tmp_path / "params.yaml")
    with pytest.raises(UserError, match=r"absent\.yaml: no such file"):
        params.read(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "wanted settings by name, got None"),
        (b"seed: 1\0", "unacceptable character #x0000"),
        (b"seed: \xe9", "unacceptable character #x00e9"),
        (b"seed: " + b"1" * 5000, "Exceeds the limit"),
        (b"seed: " + b"[" * 1000, "maximum recursion depth exceeded"),
        (b"seed: *lucky", "line 1: found undefined alias 'lucky'"),
        (b"seed: !!python/object/apply:os.getcwd []", "line 1: could not determine a constructor"),
        (b"seed: 1\n---\nseed: 2", "line 2: but found another document"),
    ],
)
def test_what_is_no_yaml_of_settings_is_one_line(tmp_path, text, message):
    (tmp_path / "params.yaml").write_bytes(text)
    with pytest.raises(UserError) as caught:
        params.read(tmp_path / "params.yaml")
    assert "\n" not in str(caught.value)
    assert message in str(caught.value)


def test_an_anchor_that_refers_to_itself(tmp_path):
    text = TOY.read_text().replace("probability: 0.2", "probability: &p {name: fixed, value: *p}")
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=r"datasets\.bg\.process\.probability: value: input should"):
        params.load(tmp_path / "params.yaml")


def test_merged_settings_give_way_to_those_beside_them(tmp_path):
    text = TOY.read_text().replace("  bg:\n", "  bg: &bg\n")
    text = text.replace(
        "representations:\n", "  more:\n    <<: *bg\n    n_train: 99\nrepresentations:\n"
    )
    (tmp_path / "params.yaml").write_text(text)
    datasets = params.load(tmp_path / "params.yaml").datasets
    assert datasets["more"] == dataclasses.replace(datasets["bg"], n_train=99)


def test_a_size_beyond_all_memory(tmp_path):
    text = TOY.read_text().replace("nperseg: 16", "nperseg: 1000000000000000")
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=r"params\.yaml: a size is too large for this machine"):
        params.load(tmp_path / "params.yaml")


def put(data, path, value):
    *parents, last = path.split("/")
    for part in parents:
        data = data[int(part) if part.isdigit() else part]
    data[last] = value


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("datasets/bg/lenght", 3, "params.yaml: datasets.bg.lenght: unknown setting;"),
        ("datasets/bg/lenght", 3, "setting; allowed here: process, source, length, n_train, n_test"),
        ("datasets/bg/process/p", 3, "allowed here: probability, background, impulse, name"),
        ("datasets/bg/process/name", "bng", "unknown name 'bng'; allowed: 'fgn', 'fbm'"),
        ("datasets/bg/process", {"rate": 1}, "wanted settings with a `name`"),
        ("datasets/bg/process/probability", 1.5, "got 1.5"),
        ("datasets/bg/process/probability", "much", "got 'much'"),
        ("datasets/bg/length", 1, "length must be at least 2 samples, got 1"),
        ("datasets/bg/length", 63.5, "datasets.bg.length: input should be a valid integer"),
        ("datasets/fgn/members", "fgn", "fgn.members: wanted a name with a setting"),
        ("datasets/fgn/members", "fgn_{alpha}", "process.alpha: wanted a list of values"),
        ("datasets/fgn/process/hurst", [0.3, 0.3], "two members are called 'fgn_h0.3'"),
        ("datasets/fgn/process/hurst", [0.3, 1.5], "datasets.fgn_h1.5.process: hurst must lie in"),
        ("datasets/bg/varying", {}, "datasets.bg: varying: unknown setting; give a law"),
        ("datasets/bg/process/probability", {"name": "uniform", "low": 0.5}, "bg.process.probability: high: this setting is missing"),
        ("datasets/bg/process/probability", {"name": "normal"}, "unknown name 'normal'; allowed: 'fixed', 'uniform'"),
        ("datasets/bg/process/probability", {"name": "uniform", "low": 0.5, "high": 1.2}, "probability must lie in (0, 1), got 1.2"),
        ("datasets/bg/process/chance", {"name": "fixed", "value": 0.5}, "bg.process.chance: unknown setting; allowed here: probability"),
        ("datasets/Bad name", {}, "params.yaml: datasets.Bad name"),
        ("models/wavegan/model/levels", 4, "models.wavegan on datasets.fgn_h0.3: wavegan with 4"),
        ("models/wavegan/model/name", "vae", "models.wavegan.model: unknown name 'vae'; allowed:"),
        ("models/wavegan/representation", "raw", "'raw' is not defined; there are stft, waveform"),
        ("models/wavegan/training/steps", 0, "models.wavegan.training: steps must be at least 1"),
        ("models/wavegan/training/rate", 1, "models.wavegan.training.rate: unknown setting"),
        ("models/stftgan/representation", "waveform", "give it a representation with an stft"),
        ("representations/stft/0/hop", 99, "representations.stft.0: hop"),
        ("representations/waveform/1/kind", "feature_standard", "models.wavegan on datasets.fgn_h0.3: the generator ends in tanh"),
        ("models/wavegan/training/batch_size", 65, "batch_size must be at most the 64 series of the training set, got 65"),
        ("representations/stft/0/name", "sft", "representations.stft.0: unknown name 'sft'"),
        ("evaluation/metrics/0/tapers", 99, "evaluation.metrics.0: tapers must lie in"),
        ("evaluation/metrics/0/name", "fid", "evaluation.metrics.0: unknown name 'fid'"),
        ("grid", "tiny", "grid: 'tiny' is not defined; did you mean toy"),
        ("grids/toy/datasets", ["fgn_h0.4"], "grids.toy.datasets: 'fgn_h0.4' is not defined; did"),
        ("grids/toy/datasets", ["fgn", "fgn_h0.3"], "'fgn_h0.3' is named twice"),
        ("grids/toy/models", ["wavgan"], "grids.toy.models: 'wavgan' is not defined; did you mean"),
        ("grids/toy/models", ["wavegan", "wavegan"], "models names 'wavegan' twice"),
        ("grids/toy/replicates", 0, "replicates must be at least 1, got 0"),
        ("grids/fgn_h0.3", {"datasets": ["bg"], "models": ["wavegan"], "replicates": 1}, "results would collide"),
        ("grids/toy/replicates", 10**6, "grids.toy: wanted at most 1000000 trainings, got 4000000"),
        ("grids/toy/datasets", [], "params.yaml: grids.toy: datasets names nothing"),
        ("grids/toy/models", [], "params.yaml: grids.toy: models names nothing"),
        ("evaluation/metrics", [], "params.yaml: evaluation: metrics names nothing"),
        ("evaluation/metrics", [{"name": "marginal"}, {"name": "psd_distance"}, {"name": "psd_distance", "tapers": 3}], "metrics names 'psd_distance' twice"),
        ("evaluation/floor_draws", 0, "evaluation: floor_draws must be at least 1, got 0"),
        ("datasets/fgn/members", "fgn_{", "members: wanted a name with a setting, as in x_h{hurst}, got 'fgn_{'"),
        ("datasets/fgn/members", "fgn_{hurst}}", "fgn.members: wanted a name with a setting"),
        ("datasets/fgn/members", "fgn_{hurst}{}", "fgn.members: wanted a name with a setting"),
        ("datasets/fgn/members", "fgn_{hurst:>99}", "fgn.members: wanted a name with a setting"),
        ("datasets/fgn/members", "fgn_{hurst.real}", "fgn.members: wanted a name with a setting"),
        ("datasets/fgn/members", "fgn_{0}", "process.0: wanted a list of values"),
        ("datasets/fgn/members", "../fgn_{hurst}", "datasets.../fgn_0.3: a name is up to 80"),
        ("datasets/fgn/process/hurst", {"../../x": 0.3}, "datasets.fgn_h../../x: a name is up to 80"),
        ("datasets/fgn/process/hurst", [0.3] * 10_001, "fgn.members: wanted at most 10000 datasets, got 10001"),
        ("datasets/fgn/process/hurst", [10**400], ": input should be a valid number, got 1000"),
        ("models/" + "x" * 81, {"model": {"name": "gaussian_surrogate"}, "representation": "stft"}, "a name is up to 80 lower-case letters"),
        ("datasets/bg/process/probability", float("nan"), "probability: input should be a finite number, got nan"),
        ("models/wavegan/loss/penalty_weight", float("inf"), "input should be a finite number, got inf"),
        ("models/wavegan/model", ["wavegan"] * 999, "got ['wavegan', 'wavegan', 'wavegan', 'wavegan', 'wavegan', 'wavegan', ...]"),
        ("seed", -1, "params.yaml: seed must be at least 0, got -1"),
        ("seed", "lucky", "params.yaml: seed"),
        ("sead", 1, "params.yaml: sead: unknown setting; allowed here: seed, grid, grids"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_with_place_value_and_what_is_allowed(toy, path, value, message):
    put(toy, path, value)
    refused(toy, message)


@pytest.mark.parametrize("path", ["seed", "datasets/bg/n_test", "models/wavegan/model"])
def test_what_is_missing_is_named(toy, path):
    *parents, last = path.split("/")
    data = toy
    for part in parents:
        data = data[part]
    del data[last]
    refused(toy, f"params.yaml: {path.replace('/', '.')}: this setting is missing")


def test_networks_are_trained_and_baselines_are_not(toy):
    del toy["models"]["wavegan"]["loss"]
    refused(toy, "params.yaml: models.wavegan: loss: this setting is missing; wavegan needs it")
    toy["models"]["wavegan"]["model"] = {"name": "gaussian_surrogate"}
    refused(toy, "models.wavegan: gaussian_surrogate is fitted at once; leave out training")
    del toy["models"]["wavegan"]["training"]
    assert params.check(toy).run("bg", "wavegan", 0).loss is None


def test_a_process_needs_a_length(toy):
    del toy["datasets"]["bg"]["length"]
    refused(toy, "params.yaml: datasets.bg: length: this setting is missing")


def test_a_dataset_needs_a_process_or_a_source(toy):
    del toy["datasets"]["bg"]["process"]
    refused(toy, "params.yaml: datasets.bg: a data set needs a process, a source or both")


def test_a_parameter_may_differ_from_series_to_series(toy):
    toy["datasets"]["bg"]["process"]["probability"] = {"name": "uniform", "low": 0.1, "high": 0.3}
    p = params.check(toy)
    draw = p.draw("bg", "test")
    series, beside = draw.series_and_values()
    assert series.shape == (48, 64)
    assert beside["probability"].min() >= 0.1
    assert beside["probability"].max() <= 0.3
    assert len(set(beside["probability"])) == 48
    # Of what is left of the settings, a number that all series share is the figures' axis.
    assert p.families()["bg"]["parameter"] == "background"


@pytest.mark.parametrize("name", ["Upper", "a..b", "../up", "law", "figures", "a/b", ""])
def test_names_stay_inside_the_project(toy, name):
    for section in ("datasets", "models", "representations"):
        data = copy.deepcopy(toy)
        data[section][name] = copy.deepcopy(next(iter(reversed(data[section].values()))))
        refused(data, f"{section}.{name}: a name is up to 80 lower-case letters")


def test_a_name_may_have_a_setting_twice(toy):
    toy["datasets"]["fgn"]["members"] = "fgn_h{hurst}_again{hurst}"
    toy["grids"]["toy"]["datasets"] = ["fgn"]
    assert params.check(toy).members("toy") == ["fgn_h0.3_again0.3", "fgn_h0.7_again0.7"]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "..", "recordings/../x", "~/x", "", "x", "recordings\\..\\x", "recordings/\0"]
)  # fmt: skip
def test_recordings_stay_inside_the_project(toy, path):
    source = {"name": "table", "path": path, "columns": ["a"]}
    toy["datasets"]["mine"] = {"source": source, "length": 64, "n_train": 9, "n_test": 9}
    refused(toy, "datasets.mine: path must lie in recordings/")


def test_a_member_that_is_already_a_dataset(toy):
    toy["datasets"]["fgn_h0.3"] = toy["datasets"]["bg"]
    refused(toy, "'fgn_h0.3' is already a dataset")


def test_only_the_file_itself():
    with pytest.raises(UserError, match="wanted datasets by name"):
        params.check({"datasets": 3})


@pytest.mark.parametrize(
    ("classes", "representation", "message"),
    [
        (8, "as_is", None),
        (9, "as_is", "spade needs images with label maps of 8 classes, got 9 classes"),
        (
            8,
            "global_exact",
            "spade needs label maps of 0 and 1, which representations.global_exact",
        ),
    ],
)
def test_label_maps_are_asked_for_before_any_job(classes, representation, message):
    data = params.read(ROOT / "params.yaml")
    source = {"name": "labelled_images", "path": "recordings/x", "size": 512, "colour": "rgb"}
    streets = {"source": source | {"classes": classes}, "n_train": 100, "n_test": 20}
    data["datasets"]["streets"] = streets
    data["models"]["spade512"]["representation"] = representation
    p = params.check(data)
    if message is None:
        p.run("streets", "spade512", 0)
    else:
        with pytest.raises(UserError, match=message):
            p.run("streets", "spade512", 0)
