# Reads and checks params.yaml once, and holds what the other files ask of it. A job is given text:
# its own settings as canonical JSON, and a digest of the code it runs, because Snakemake compares
# parameters as a set of values.
import fcntl
import math
import os
import sys
from pathlib import Path

# Every job uses the interpreter that runs Snakemake and the package of this checkout: also on
# another node, where this file is parsed again, and in the copies that `dvc exp run` makes.
ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))

from rpgan import gpurun, provenance
from rpgan.errors import UserError
from rpgan.exhibits import FIGURES, TABLES, inputs
from rpgan.params import NAME, load
from rpgan.spec import as_json

if config:
    sys.exit(
        "rpgan: settings come from params.yaml alone, so that results can be traced to it:"
        f" leave out --config and --configfile ({', '.join(config)})"
    )

# A mistake ends here, in one line, before anything is planned.
try:
    PARAMS = load(ROOT / "params.yaml")
    for target in sys.argv[1:]:
        PARAMS.check_target(target)
    # A job that starts later must not see other settings or code than this run was planned with.
    os.environ.update(provenance.environment(ROOT))
except UserError as error:
    sys.exit(f"rpgan: {error}")

# Who works here holds this lock, and the kernel drops it however that ends: --unlock is for what a
# killed run has left behind, and would make one that is alive lose its files to the next.
Path(".snakemake").mkdir(exist_ok=True)
running = Path(".snakemake/running").open("w")
try:
    held = fcntl.LOCK_EX if "--unlock" in sys.argv else fcntl.LOCK_SH
    fcntl.flock(running, held | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(
        "rpgan: another Snakemake works in this folder; wait for it, or end it first"
    )
except OSError as error:  # a file system without locks
    print(
        f"rpgan: no locks here ({error.strerror}): see that one Snakemake works at a time",
        file=sys.stderr,
    )

# Snakemake writes its records in place: through a link that would reach into DVC's cache.
for record in Path(".snakemake/metadata").glob("*"):
    if record.is_symlink() or (record.is_file() and record.stat().st_nlink > 1):
        sys.exit("rpgan: run first: dvc unprotect .snakemake/metadata")
    break

GPUS = min(1, len(gpurun.pool()))  # that one training takes
FAMILIES = PARAMS.families()


wildcard_constraints:
    dataset=NAME,
    representation=NAME,
    model=NAME,
    grid=NAME,
    part="train|test",
    replicate=r"0|[1-9]\d*",
    kind="|".join(FIGURES),
    table="|".join(TABLES),
    family="|".join(FAMILIES),


def code(*modules):
    return provenance.code_digest(*modules)


def draw_of(w):
    return PARAMS.draw(w.dataset, w.part)


def recordings_of(w):
    source = draw_of(w).source
    try:
        return source.files() if source else []
    except UserError as error:
        sys.exit(f"rpgan: datasets.{w.dataset}: {error}")


def draw_code(draw):
    parts = {"processes": draw.process, "sources": draw.source}
    return [f"{kind}.{part.name}" for kind, part in parts.items() if part]


def encoding_of(w):
    return PARAMS.encoding(w.dataset, w.representation)


def steps_code(steps):
    return [f"representations.{step.name}" for step in steps]


def seen_by(w):
    """What a training reads: tensors, or series and what makes tensors of them at load."""
    made = f"data/{w.dataset}/{PARAMS.recipe(w.model).representation}"
    if run_of(w).training.fast.encode_at_load:
        series = f"data/{w.dataset}/train.arrow"
        return {"series": series, "fitted": f"{made}/fitted.arrow"}
    return {"tensors": f"{made}/train.arrow"}


def run_of(w):
    return PARAMS.run(w.dataset, w.model, int(w.replicate))


def loss_code(run):
    return [f"losses.{run.loss.name}"] if run.loss else []


def starter(processes):
    several = f"torchrun --standalone --nproc-per-node {processes} -m"
    return several if processes > 1 else "python -m"


def battery_of(w):
    return PARAMS.battery(w.dataset)


def battery_code(w):
    battery = battery_of(w)
    metrics = [f"metrics.{metric.name}" for metric in battery.metrics]
    return [*draw_code(battery.real), *metrics]


def threads_of(w):
    """Large sets leave few floors to make at a time; of small ones, whole jobs share the cores."""
    real = battery_of(w).real
    return 2 if real.n * math.prod(real.shape()) > 2**22 else 1


def of_runs(runs, file):
    return [f"results/{d}/{m}/{r}/{file}" for d, m, r in runs]


def root_of(found, wanted):
    """The folder that data/ and results/ lie in: this one, or where a bucket's files are put."""
    return str(found[0]).removesuffix(wanted[0]) or "."


def figures():
    names = [
        f"{kind}_{family}"
        for family in FAMILIES
        for kind in PARAMS.kinds(FIGURES, family)
    ]
    pdf = [f"results/figures/{name}.pdf" for name in names]
    return pdf + [f"results/figures/png/{name}.png" for name in names]


def tables():
    return [
        f"results/tables/{table}_{family}.{suffix}"
        for family in FAMILIES
        for table in PARAMS.kinds(TABLES, family)
        for suffix in ("csv", "md")
    ]
