"""What people answer to a message to be left alone, to be written to again, or to be helped."""

from __future__ import annotations

import unicodedata

#: The words of English, then German, French, Spanish, Italian, Portuguese and Dutch, in capitals and without accents.
STOP = frozenset(
    (
        *(
            "STOP",
            "STOPALL",
            "STOP ALL",
            "UNSUBSCRIBE",
            "CANCEL",
            "END",
            "QUIT",
            "REVOKE",
            "OPTOUT",
            "OPT OUT",
        ),
        *("STOPP", "ABMELDEN", "ABBESTELLEN", "BEENDEN", "ENDE", "AUFHOREN"),
        *("ARRET", "ARRETER", "ARRETEZ", "DESABONNER", "DESINSCRIRE", "FIN"),
        *("ALTO", "PARAR", "PARE", "BAJA", "CANCELAR", "DETENER", "TERMINAR"),
        *("FERMA", "BASTA", "ANNULLA", "DISISCRIVIMI", "SAIR", "REMOVER"),
        *("STOPPEN", "AFMELDEN", "UITSCHRIJVEN"),
    )
)
START = frozenset(
    (
        *("START", "YES", "UNSTOP"),
        *("JA", "ANMELDEN"),
        *("OUI", "DEBUT", "COMMENCER", "REPRENDRE"),
        *("SI", "ALTA", "INICIAR", "EMPEZAR", "COMENZAR"),
        *("INIZIA", "RIPRENDI", "COMECAR", "AANMELDEN"),
    )
)
HELP = frozenset(("HELP", "INFO", "HILFE", "AIDE", "AYUDA", "AIUTO", "AJUDA", "HULP"))

#: What Twilio itself answers where nobody has told it otherwise.
TWILIO_ANSWERS = frozenset(
    (
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("START", "YES", "UNSTOP", "HELP", "INFO"),
    )
)

#: What may stand around a word without changing it.
AROUND = " \t\r\n.!?,;:\"'*-_()[]«»„“”‘’¡¿"


def meaning(body: str, vendor: str = "") -> str:
    """Read a whole answer as ``STOP``, ``START`` or ``HELP``; empty where it is none of these.

    ``vendor`` is the vendor's own reading, which is believed where it has one. A word inside a sentence is none.
    """
    if vendor.upper() in ("STOP", "START", "HELP"):
        return vendor.upper()
    word = plain(body)
    found = (("STOP", STOP), ("START", START), ("HELP", HELP))
    return next((name for name, words in found if word in words), "")


def plain(body: str) -> str:
    """Give an answer in capitals, without accents and what stands around it, and with single spaces."""
    letters = unicodedata.normalize("NFKD", body.strip(AROUND).upper())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())
