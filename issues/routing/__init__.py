"""How evidence becomes a decision about who is responsible: `rules.decide`.

Pure and total: no Django, no database, no clock; every input gives a decision
and every candidate keeps the reason why it lost. Bodies, boundaries, assets and
rulings are ids. Distances are metres, shares are 0…1 of the accuracy disc.
"""
