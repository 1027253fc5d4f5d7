"""What a reviewer reads: a Terraform plan as verdict, changes, reachability, survival and a picture.

From Terraform's JSON to a report, in the order in which one leans on the other:

    plan.py      the plan, read and checked, as two moments (moment.py): before and after
    site.py      a moment as a site: its network (network.py), its parts (part.py: front.py, data.py)
    reach.py     who may reach whom on which port, by the rules (rules.py); matrix.py sets two moments side by side
    survival.py  what still works when something is lost, on the graph (dependencies.py) of who needs whom (needs.py)
    changes.py   what changes, attribute by attribute
    dangers.py   the checks that find risks (risks.py), and so the verdict
    report.py    all of it together; markdown.py, html.py, mermaid.py and picture/ show it

    proposal.py  makes the plan, where there is none yet: a change on top of its base, in the sandbox
"""
