# Figures of the grid that params.yaml names, one per family of datasets and kind, from tables alone.

FAMILIES = PARAMS.families()

# What each kind reads: tables of every run, tables of the law, series.
KINDS = {
    "combined": (["metrics.parquet", "estimates.parquet"], ["estimates"], []),
    "spectra": (["spectra.parquet"], ["spectra"], []),
    "examples": (["samples.arrow"], [], ["test"]),
    "training": (["history.parquet"], [], []),
}

FIGURES = [
    f"results/figures/{folder}{kind}_{family}.{suffix}"
    for family in FAMILIES
    for kind in KINDS
    for folder, suffix in (("", "pdf"), ("png/", "png"))
]


def read_by(w):
    family, (of_run, of_law, of_data) = FAMILIES[w.family], KINDS[w.kind]
    datasets = list(family["members"])
    runs = [
        (d, m, r)
        for d in datasets
        for m in family["models"]
        for r in range(family["replicates"])
    ]
    return [
        *(path for file in of_run for path in of_runs(runs, file)),
        *(f"results/{d}/law/{table}.parquet" for table in of_law for d in datasets),
        *(f"data/{d}/{part}.arrow" for part in of_data for d in datasets),
    ]


rule figure:
    input:
        read_by,
    output:
        pdf="results/figures/{kind}_{family}.pdf",
        png="results/figures/png/{kind}_{family}.png",
    log:
        "logs/figure/{kind}_{family}.log",
    wildcard_constraints:
        kind="|".join(KINDS),
        family="|".join(FAMILIES),
    params:
        settings=lambda w: as_json({"kind": w.kind, "family": FAMILIES[w.family]}),
        code=lambda w: code("stages.figures", f"figures.{w.kind}"),
    shell:
        "python -m rpgan figures --settings {params.settings:q} --out {output} > {log} 2>&1"
