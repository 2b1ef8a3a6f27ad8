"""What the conformance kit runs inside a lane: the checks and chaos probes themselves, and the tasks they map over.

`stage` carries out what the parent asks for, `contract` and `submitting` hold the checks, `chaos` the probes, and
`tasks` what workers do. Which of them there are, and their limits, says `execbench.conformance.catalogue`.
"""
