"""The answer without place or memory: the body that answered most often for the kind so far."""

from collections import defaultdict

import numpy as np

from issues.memory.history import History, Integers


def majority_so_far(history: History) -> Integers:
    """(n,) the most frequent body of the finest kind that is known, -1 where nothing is known.

    Of two equally frequent ones the one that got there first. A kind without
    an answer yet takes that of the coarser kind, at last that of all.
    """
    guessed = np.full(len(history), -1, dtype=np.int64)
    levels = [kind.tolist() for kind in reversed(history.kinds)]
    counts: list[defaultdict[int, defaultdict[int, int]]] = [defaultdict(lambda: defaultdict(int)) for _ in levels]
    leader: list[dict[int, int]] = [{} for _ in levels]
    bodies, learned = history.bodies.tolist(), 0
    for row, until in enumerate(history.known.tolist()):
        for place in range(learned, until):
            body = bodies[place]
            for level, kinds in enumerate(levels):
                kind = kinds[place]
                of_kind = counts[level][kind]
                of_kind[body] += 1
                if of_kind[body] > of_kind[leader[level].setdefault(kind, body)]:
                    leader[level][kind] = body
        learned = max(learned, until)
        for level, kinds in enumerate(levels):
            if kinds[row] in leader[level]:
                guessed[row] = leader[level][kinds[row]]
                break
    return guessed
