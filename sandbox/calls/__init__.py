"""What a sandbox's AWS was asked, held against what AWS would have taken.

moto refuses almost nothing, so an apply that works here says little of whether AWS takes the
same values. The server writes down every call that it gets (`writing.py`). `refusals` reads them
(`recorded.py`) and holds each against two things: AWS's own models, which name the lengths,
patterns, ranges and enums that no SDK checks (`models.py`), and what AWS documents in words alone
(`documented.py`).
"""
