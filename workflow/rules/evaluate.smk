# Scores of every run, beside what the law itself reaches.


rule floor:
    input:
        real="data/{dataset}/test.arrow",
        training="data/{dataset}/train.arrow",
    output:
        floor="results/{dataset}/law/floor.parquet",
        spectra="results/{dataset}/law/spectra.parquet",
        estimates="results/{dataset}/law/estimates.parquet",
    log:
        "logs/floor/{dataset}.log",
    benchmark:
        "logs/floor/{dataset}.tsv"
    threads: lambda w: threads_of(w)
    resources:
        mem_mb=4000,
    params:
        settings=lambda w: as_json(battery_of(w)),
        code=lambda w: code("stages.floor", *battery_code(w)),
    shell:
        "python -m rpgan floor --settings {params.settings:q} --real {input.real}"
        " --training {input.training} --floor {output.floor}"
        " --spectra {output.spectra} --estimates {output.estimates} --threads {threads}"
        " > {log} 2>&1"


rule evaluate:
    input:
        real="data/{dataset}/test.arrow",
        training="data/{dataset}/train.arrow",
        floor="results/{dataset}/law/floor.parquet",
        samples="results/{dataset}/{model}/{replicate}/samples.arrow",
        untrained="results/{dataset}/{model}/{replicate}/untrained.arrow",
    output:
        metrics="results/{dataset}/{model}/{replicate}/metrics.parquet",
        spectra="results/{dataset}/{model}/{replicate}/spectra.parquet",
        estimates="results/{dataset}/{model}/{replicate}/estimates.parquet",
    log:
        "logs/evaluate/{dataset}.{model}.{replicate}.log",
    benchmark:
        "logs/evaluate/{dataset}.{model}.{replicate}.tsv"
    resources:
        mem_mb=4000,
    params:
        settings=lambda w: as_json({"battery": battery_of(w), "run": run_of(w)}),
        code=lambda w: code("stages.evaluate", *battery_code(w)),
    shell:
        "python -m rpgan evaluate --settings {params.settings:q} --real {input.real}"
        " --training {input.training} --floor {input.floor}"
        " --samples {input.samples} --untrained {input.untrained}"
        " --metrics {output.metrics} --spectra {output.spectra} --estimates {output.estimates}"
        " --threads {threads} > {log} 2>&1"


rule pair:
    input:
        lambda w: of_runs(PARAMS.pair(w.dataset, w.model), "metrics.parquet"),
    output:
        "results/{dataset}/{model}/metrics.parquet",
    log:
        "logs/pair/{dataset}.{model}.log",
    params:
        code=code("stages.summarise"),
    shell:
        "python -m rpgan summarise --sources {input} --out {output} > {log} 2>&1"


rule summarise:
    input:
        sources=of_runs(PARAMS.runs(PARAMS.grid), "metrics.parquet"),
        histories=of_runs(PARAMS.runs(PARAMS.grid), "history.parquet"),
    output:
        table="results/summary.parquet",
        digest="results/summary.json",
        costs="results/costs.parquet",
        board="results/leaderboard.md",
        page=report(
            "results/leaderboard.html",
            category="Leaderboard",
            labels={"page": "models, ranked by family"},
        ),
    log:
        "logs/summarise.log",
    params:
        code=code("stages.summarise"),
    shell:
        "python -m rpgan summarise --sources {input.sources} --out {output.table}"
        " --digest {output.digest} --costs {output.costs} --board {output.board} > {log} 2>&1"


rule summarise_grid:
    input:
        sources=lambda w: of_runs(PARAMS.runs(w.grid), "metrics.parquet"),
        histories=lambda w: of_runs(PARAMS.runs(w.grid), "history.parquet"),
    output:
        table="results/{grid}/summary.parquet",
        digest="results/{grid}/summary.json",
        costs="results/{grid}/costs.parquet",
        board="results/{grid}/leaderboard.md",
        page="results/{grid}/leaderboard.html",
    log:
        "logs/summarise.{grid}.log",
    params:
        code=code("stages.summarise"),
    shell:
        "python -m rpgan summarise --sources {input.sources} --out {output.table}"
        " --digest {output.digest} --costs {output.costs} --board {output.board} > {log} 2>&1"
