"""Coroutines, that wait much, little, or not at all."""

import asyncio
import json


async def answered(number):
    await asyncio.sleep(0.002)
    return number


async def answered_in_turns(number):
    for _ in range(3):
        await asyncio.sleep(0.0005)
    return sum(range(number % 2_000))


async def parsed(number):
    return len(json.loads(json.dumps(list(range(number % 50, 2_000)))))
