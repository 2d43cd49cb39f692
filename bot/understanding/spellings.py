"""Ways of writing that mean the same: shorthand, contractions and units, for `normalise`.

Invariant: these are spellings only, words a patient types. Nothing here is ever shown.
"""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


SHORTHAND = {
    short: spelt
    for line in """
        abt about | appt appointment | appts appointments | arent are not | aint is not | b4 before | bcoz because
        bcos because | btw by the way | cant cannot | coz because | cos because | cuz because | couldnt could not
        couldve could have | cud could | didnt did not | doc doctor | docs doctors | doesnt does not | dont do not
        dr doctor | drs doctors | dunno do not know | gimme give me | gonna going to | gotta have to | hadnt had not
        hasnt has not | havent have not | heres here is | hes he is | hows how is | hrs hours | hr hour | hw how
        idk i do not know | inj injection | injs injections | isnt is not | ive i have | kinda kind of | lemme let me
        meds medicines | med medicine | mins minutes | mth month | mths months | mustnt must not | n and | nd and
        pls please | plz please | plse please | ppl people | r are | shes she is | shld should | shouldnt should not
        shouldve should have | shud should | sth something | sumthing something | tabs tablets | thats that is
        theres there is | theyre they are | theyve they have | thru through | thx thanks | ty thank you
        tmr tomorrow | tmrw tomorrow | u you | ur your | vit vitamin | vits vitamins | wanna want to | wasnt was not
        wat what | wats what is | werent were not | weve we have | whats what is | whens when is | wheres where is
        wht what | whos who is | whys why is | wk week | wks weeks | wont will not | wouldnt would not | wud would
        yall you all | youre you are | youve you have | yr year | yrs years | subcut subcutaneous | subq subcutaneous
        sq subcutaneous | subcutaneously subcutaneous | intramuscularly intramuscular | sumone someone | cnt cannot
        2day today | 2moro tomorrow | 2nite tonight | gud good | dis this | dat that | wid with
    """.strip().splitlines()
    for short, spelt in (item.strip().split(" ", 1) for item in line.split("|"))
}

IRREGULAR = {"won't": "will not", "can't": "cannot", "shan't": "shall not", "ain't": "is not", "let's": "let us"}
ENDINGS = (("n't", " not"), ("'re", " are"), ("'ve", " have"), ("'ll", " will"), ("'m", " am"))
SUBJECTS = _set("what who where when how why it that there here he she this everything something nothing")
"""Words after which 's is short for "is" and 'd for "would"; elsewhere 's is a possessive and is dropped."""
PRONOUNS = _set("i you we they")

UNITS = {
    spelling: unit
    for unit, spellings in {
        "mcg": "mcg mcgs \u03bcg ug ugs microgram micrograms microgramme microgrammes mikrogram mikrograms",
        "mg": "mg mgs milligram milligrams milligramme milligrammes miligram miligrams",
        "ml": "ml mls millilitre millilitres milliliter milliliters mililiter mililiters mililitre mililitres",
        "iu": "iu ius",
    }.items()
    for spelling in spellings.split()
}

ROUTE_BEFORE = _set("by via given the an deep inject injected injecting into than versus vs mcg mg ml")
"""Words after which "im" is intramuscular."""
ROUTE_AFTER = _set(
    "injection injections inj shot shots jab jabs route or vs versus needles site sites dose doses sc subq"
)
"""Words before which "im" is intramuscular."""
AFTER_B12 = _set("injection injections shot shots jab jabs dose doses or vs every weekly monthly")
"""Words that make "im b12 …" an intramuscular b12 …, where "im b12 deficient" is "i am"."""
PERFECT = _set(
    "a already also always been done forgotten got had heard just lost missed never no not noticed only read seen "
    "started taken tried two three"
)
"""Words before which "iv" is "i have" and not intravenous."""
