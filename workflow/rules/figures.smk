# Figures of the grid that params.yaml names, one per family of datasets and kind, from tables alone.


rule figure:
    input:
        read_by_figure,
    output:
        pdf="results/figures/{kind}_{family}.pdf",
        png="results/figures/png/{kind}_{family}.png",
    log:
        "logs/figure/{kind}_{family}.log",
    params:
        settings=lambda w: as_json({"kind": w.kind, "family": FAMILIES[w.family]}),
        code=lambda w: code("stages.figures", f"figures.{w.kind}"),
    shell:
        "python -m rpgan figures --settings {params.settings:q} --out {output} > {log} 2>&1"
