# Training and sampling. An unfinished training is in scratch/, which Snakemake does not clear. A
# parameter of `input` is where that is now, in a bucket say; it is not compared with that of before.


rule train:
    input:
        unpack(seen_by),
    output:
        generator="results/{dataset}/{model}/{replicate}/generator.pt",
        history="results/{dataset}/{model}/{replicate}/history.parquet",
    log:
        "logs/train/{dataset}.{model}.{replicate}.log",
    benchmark:
        "logs/train/{dataset}.{model}.{replicate}.tsv"
    threads: lambda w: run_of(w).training.threads * run_of(w).training.processes
    resources:
        gpu=lambda w: run_of(w).training.processes if GPUS else 0,
        mem_mb=8000,
    params:
        settings=lambda w: as_json(run_of(w)),
        seen=lambda w, input: " ".join(f"--{k} {path}" for k, path in input.items()),
        start=lambda w: starter(run_of(w).training.processes),
        code=lambda w: code(
            "stages.train",
            f"models.{run_of(w).model.name}",
            *loss_code(run_of(w)),
        ),
    shell:
        "python -m rpgan.gpurun -n {resources.gpu} --"
        " {params.start} rpgan train --settings {params.settings:q} {params.seen}"
        " --unfinished scratch/{wildcards.dataset}+{wildcards.model}+{wildcards.replicate}.pt"
        " --generator {output.generator} --history {output.history} > {log} 2>&1"


rule sample:
    input:
        "results/{dataset}/{model}/{replicate}/generator.pt",
    output:
        samples="results/{dataset}/{model}/{replicate}/samples.arrow",
        untrained="results/{dataset}/{model}/{replicate}/untrained.arrow",
    log:
        "logs/sample/{dataset}.{model}.{replicate}.log",
    benchmark:
        "logs/sample/{dataset}.{model}.{replicate}.tsv"
    threads: lambda w: run_of(w).training.threads
    resources:
        gpu=GPUS,
        mem_mb=8000,
    params:
        settings=lambda w: as_json(run_of(w)),
        n=lambda w: f"n={PARAMS.draw(w.dataset, 'test').n}",
        code=lambda w: code(
            "stages.sample",
            f"models.{run_of(w).model.name}",
            *steps_code(run_of(w).data.steps),
        ),
    shell:
        "python -m rpgan.gpurun -n {resources.gpu} --"
        " python -m rpgan sample --settings {params.settings:q} --{params.n}"
        " --generator {input} --samples {output.samples} --untrained {output.untrained}"
        " > {log} 2>&1"
