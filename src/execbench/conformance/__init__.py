"""The conformance kit: what every backend must do, and what a user should know of each before choosing.

    catalogue   the closed list of checks (pass, fail, skip) and of chaos probes (observed, never failed)
    kit         outside: plays each in a lane of its own, within hard time limits, so that a hang is a verdict
    stage       inside the lane: opens the backend, acts, maps again, leaves, a step at a time
    tasks       what workers do; the standard library only, as every worker imports it
    results, exceptions, parallelism, submitting                  the contract
    deaths, pickling, interruptions, surroundings                 the chaos
    leftovers   what leaving has not taken away

`execbench check NAME` runs it, and so does
`pytest -p execbench.pytest_plugin --pyargs execbench.conformance --backend NAME`.
"""
