"""What the conformance kit runs inside a lane: the checks and chaos probes, and the tasks that they map over.

`catalogue` lists them all, `contract` and `submitting` hold the checks, and `chaos` the probes. `tasks` is what workers
do, and `commands` carries out what the parent asks for.
"""
