"""Lumen Books & Games: books in four languages, games and what goes with them, from New York. All of it invented."""

from types import MappingProxyType

from domain.identity import tenant_id
from domain.tenants import Tenant
from server.demo.catalogue.product_lines import Edition, Product, Size
from server.demo.catalogue.records import LocationSeed

TENANT = Tenant(tenant_id("lumen"), "lumen", "Lumen Books & Games", "America/New_York", "USD", "NJ-DC")
PREFIX = "LUM"

LOCATIONS = (
    LocationSeed("NJ-DC", "Newark Distribution Center", "warehouse", "east", 10),
    LocationSeed("BUF-WH", "Buffalo Warehouse", "warehouse", "great-lakes", 20),
    LocationSeed("NYC-01", "Brooklyn Store", "store", "east", 30),
    LocationSeed("BOS-01", "Boston Harbor Store", "store", "new-england", 40),
    LocationSeed("NJ-DC-R", "Newark Returns Bench", "zone", "east", 90, "NJ-DC"),
)

QUILLMARSH, WEXMERE, ORRERY = "Quillmarsh Press", "Wexmere House", "Orrerylight Editions"
SILBERFURT, CLAIRBOIS, MARALBA = "Verlag Silberfurt", "Éditions Clairbois-sur-Mer", "Ediciones Maralba"
TUMBLEWICK, CANDLEMOOR, PINEFOLD = "Tumblewick Games", "Candlemoor Games", "Pinefold Puzzles"
LANTERNQUAY, INKWHARF = "Lanternquay Supply", "Inkwharf Stationers"
#: Vendor -> days from order to delivery. The first one is the demo's vendor.
VENDORS = MappingProxyType(
    {
        QUILLMARSH: 7, WEXMERE: 9, ORRERY: 12, SILBERFURT: 24, CLAIRBOIS: 22, MARALBA: 20, TUMBLEWICK: 16,
        CANDLEMOOR: 14, PINEFOLD: 18, LANTERNQUAY: 6, INKWHARF: 5,
    }
)  # fmt: skip
_TONGUES = MappingProxyType({"de": "German", "fr": "French", "es": "Spanish"})
ABROAD = MappingProxyType({"de": SILBERFURT, "fr": CLAIRBOIS, "es": MARALBA})

FICTION, CRIME, FANTASY, CHILDREN = "Fiction", "Crime & Mystery", "Science Fiction & Fantasy", "Children's Books"
COOKERY, TRAVEL, HISTORY, SCIENCE = "Cookery", "Travel", "History", "Science & Nature"
BOARD, CARD, PUZZLE, ROLE = "Board Games", "Card Games", "Puzzles", "Role-Playing Games"
SUPPLIES, PAPER = "Game Supplies", "Stationery & Café"

#: Category, publisher, paperback price, and its titles: code, English title, then translated titles by language.
_SHELVES: tuple[tuple[str, str, str, tuple[tuple[str, str, dict[str, str]], ...]], ...] = (
    (FICTION, QUILLMARSH, "17.99", (
        ("SALT", "The Salt Almanac", {"de": "Der Salzalmanach", "fr": "L’Almanach du sel"}),
        ("FERRY", "Last Ferry to Anselm Point", {"de": "Letzte Fähre nach Anselm Point"}),
        ("ORCHD", "An Orchard in Arrears", {"fr": "Un verger à crédit"}),
        ("TIDE", "What the Tide Kept", {"de": "Was die Flut behielt", "es": "Lo que guardó la marea"}),
        ("GLASS", "The Glasshouse Winter", {"de": "Winter im Glashaus", "fr": "L’Hiver de verre"}),
        ("HOURS", "Small Hours, Large Rooms", {}),
        ("ROAD9", "Nine Roads to Marrow", {"es": "Nueve caminos a Marrow"}),
        ("BELL", "The Bell Founder’s Daughters", {"de": "Die Töchter der Glockengießerei"}),
        ("QUIET", "A Quiet Census", {"fr": "Un recensement tranquille"}),
        ("HARBR", "Harbor of Borrowed Names", {"es": "Puerto de nombres prestados"}),
        ("MILL", "The Paper Mill Letters", {}))),
    (CRIME, WEXMERE, "16.99", (
        ("INK", "Ink Below Zero", {"de": "Tinte unter null", "fr": "Encre sous zéro"}),
        ("LOCK", "The Locksmith’s Alibi", {"de": "Das Alibi des Schlossers"}),
        ("FOG", "Fog on Platform Two", {"fr": "Brouillard, quai numéro deux"}),
        ("VICAR", "Murder at Low Water", {"de": "Mord bei Ebbe"}),
        ("LEDGR", "The Second Ledger", {"es": "El segundo libro mayor"}),
        ("RAVEN", "A Raven for the Prosecution", {}),
        ("SALON", "Poison at the Salon Oriel", {"fr": "Poison au salon Oriel"}),
        ("KNOT", "The Widow’s Knot", {"de": "Der Witwenknoten"}),
        ("COLD", "Cold Tea, Warm Body", {}))),
    (FANTASY, ORRERY, "18.99", (
        ("ORREY", "The Orrery Thieves", {"de": "Die Orrery-Diebe", "fr": "Les Voleurs d’orrery"}),
        ("ASH", "Ashes of the Ninth Moon", {"de": "Asche des neunten Mondes", "es": "Cenizas de la novena luna"}),
        ("LOOM", "The Loom at World’s End", {"fr": "Le Métier du bout du monde"}),
        ("DEEP", "Deep Signal", {"de": "Tiefes Signal"}),
        ("KITE", "Kites over Vesperine", {}),
        ("IRON", "An Iron Garden", {"de": "Ein eiserner Garten"}),
        ("HIVE", "The Hive Cartographer", {"es": "La cartógrafa de la colmena"}),
        ("EMBER", "Ember & Estuary", {"fr": "Braise et estuaire"}),
        ("STAR", "A Short History of Falling Stars", {"de": "Kurze Geschichte der Sternschnuppen"}))),
    (CHILDREN, WEXMERE, "11.99", (
        ("OTTER", "Otter Minds the Shop", {"de": "Otter hütet den Laden", "fr": "Loutre garde la boutique"}),
        ("MOON", "Who Folded the Moon?", {"de": "Wer hat den Mond gefaltet?", "es": "¿Quién dobló la luna?"}),
        ("BADGR", "Badger’s Enormous Umbrella", {"fr": "L’Énorme Parapluie de Blaireau"}),
        ("TRAIN", "The Train That Would Not Whistle", {"de": "Der Zug, der nicht pfeifen wollte"}),
        ("SOUP", "Seven Spoons of Soup", {"es": "Siete cucharas de sopa"}),
        ("GHOST", "The Very Polite Ghost", {"de": "Das sehr höfliche Gespenst", "fr": "Le Fantôme très poli"}),
        ("SNAIL", "Snail Post", {}),
        ("DRAGN", "A Dragon Is Not a Pet", {"de": "Ein Drache ist kein Haustier", "es": "Un dragón no es una mascota"}),
        ("PUDDL", "Puddle Atlas", {}))),
    (COOKERY, QUILLMARSH, "24.99", (
        ("BREAD", "Slow Bread, Fast Mornings", {"de": "Langsames Brot, schnelle Morgen"}),
        ("ROOT", "Root Cellar Suppers", {}),
        ("LEMON", "Lemon, Salt, Fire", {"fr": "Citron, sel, feu", "es": "Limón, sal, fuego"}),
        ("STEW", "One Pot, Forty Evenings", {"de": "Ein Topf, vierzig Abende"}),
        ("NOODL", "The Noodle Counter", {}),
        ("JAM", "Jam Season", {}))),
    (TRAVEL, QUILLMARSH, "19.99", (
        ("NIGHT", "Night Trains of the North", {"de": "Nachtzüge des Nordens"}),
        ("ISLE", "Islands by Mail Boat", {"fr": "Les Îles par le bateau-poste"}),
        ("DESRT", "A Walker’s Guide to Dry Places", {}),
        ("RIVER", "Four Rivers on Foot", {"de": "Vier Flüsse zu Fuß"}),
        ("CITY", "Cities After Midnight", {"es": "Ciudades después de medianoche"}))),
    (HISTORY, WEXMERE, "22.99", (
        ("CLOCK", "The Town That Sold Its Clock", {"de": "Die Stadt, die ihre Uhr verkaufte"}),
        ("TRADE", "Pepper, Paper, Pearl", {"fr": "Poivre, papier, perle"}),
        ("MAPS", "Maps That Lied", {"de": "Karten, die logen"}),
        ("DYE", "A Biography of Blue Dye", {}),
        ("BRDGE", "Twelve Bridges", {"es": "Doce puentes"}),
        ("POST", "Letters by Mule", {}))),
    (SCIENCE, ORRERY, "21.99", (
        ("MOSS", "The Patience of Moss", {"de": "Die Geduld der Moose"}),
        ("BEES", "Arithmetic of Bees", {"fr": "L’Arithmétique des abeilles"}),
        ("TREMR", "Reading the Tremor", {}),
        ("LIGHT", "Light, Slowly", {"de": "Licht, langsam"}),
        ("OCTO", "Eight Arms, Nine Minds", {"es": "Ocho brazos, nueve mentes"}),
        ("WEATH", "Backyard Weather", {}))),
)  # fmt: skip

_PAPER_AND_CLOTH = (Size("PB", "paperback"), Size("HC", "hardcover", "11.00"))


def _book(category: str, publisher: str, price: str, code: str, title: str, abroad: dict[str, str]) -> Product:
    """Titles that were translated sold well: they are there in cloth and in every used condition too."""
    editions = tuple(Edition(language, f"{name} ({{size}})", ABROAD[language]) for language, name in abroad.items())
    used = ("used-like-new", "used-good", "used-acceptable") if abroad else ("used-good",)
    binding = _PAPER_AND_CLOTH if len(abroad) > 1 else _PAPER_AND_CLOTH[:1]
    return Product(
        f"BK-{code}", f"{title} ({{size}})", category, publisher, price, binding, (), used, "en", editions, 52
    )


def _game(category: str, vendor: str, price: str, line: str, name: str, languages: str, used: str = "") -> Product:
    editions = tuple(Edition(code, f"{name} ({_TONGUES[code]} edition)") for code in languages.split())
    return Product(
        f"GM-{line}", name, category, vendor, price, (Size("", ""),), (), tuple(used.split()), "en", editions
    )


_BOOKS = tuple(
    _book(category, publisher, price, *title) for category, publisher, price, titles in _SHELVES for title in titles
)
_GAMES = tuple(_game(*game) for game in (
    (BOARD, TUMBLEWICK, "44.99", "LIGHT", "Lighthouse Keepers", "de fr es", "used-like-new used-good"),
    (BOARD, TUMBLEWICK, "59.99", "CANAL", "Canals of Amberwick", "de fr", "used-good"),
    (BOARD, TUMBLEWICK, "39.99", "SPICE", "Spice Convoy", "de fr es", "used-like-new used-good"),
    (BOARD, TUMBLEWICK, "69.99", "EMPIR", "Ember Empires", "de", "used-good"),
    (BOARD, TUMBLEWICK, "29.99", "BEES", "Meadow & Hive", "de fr es", "used-good"),
    (BOARD, TUMBLEWICK, "49.99", "RAILS", "Narrow Gauge", "de fr", "used-like-new used-good"),
    (BOARD, TUMBLEWICK, "34.99", "GARDN", "Moonlit Garden", "fr es"),
    (BOARD, CANDLEMOOR, "54.99", "HAUNT", "The Haunting of Cobble Row", "de fr", "used-good"),
    (BOARD, CANDLEMOOR, "24.99", "OWLS", "Parliament of Owls", "de fr es"),
    (BOARD, CANDLEMOOR, "79.99", "SAGA", "Saga of the Long Ice", "de", "used-like-new used-good"),
    (BOARD, CANDLEMOOR, "32.99", "BAKER", "The Baker’s Dozen", "de es", "used-good"),
    (BOARD, CANDLEMOOR, "45.99", "REEF", "Reef Builders", "de fr", "used-good"),
    (BOARD, CANDLEMOOR, "27.99", "FOX", "Fox in the Fen", "de fr"),
    (BOARD, CANDLEMOOR, "64.99", "ORBIT", "Low Orbit", "de fr es", "used-good"),
    (CARD, TUMBLEWICK, "14.99", "POTTR", "Potter’s Market", "de fr es"),
    (CARD, TUMBLEWICK, "12.99", "MOTHS", "Moths to a Flame", "de fr"),
    (CARD, TUMBLEWICK, "16.99", "COURT", "The Turnip Court", "de fr", "used-good"),
    (CARD, TUMBLEWICK, "11.99", "SHEEP", "Too Many Sheep", "de fr es"),
    (CARD, CANDLEMOOR, "13.99", "TIDES", "Tide Table", "de"),
    (CARD, CANDLEMOOR, "19.99", "SPELL", "Spellwright Duel", "de fr es", "used-good"),
    (CARD, CANDLEMOOR, "9.99", "SNAP", "Creature Snap", "de fr es"),
    (CARD, CANDLEMOOR, "17.99", "HEIST", "Gallery Heist", "de"),
    (ROLE, ORRERY, "49.99", "VESP", "Vesperine: Core Rules", "de fr", "used-good"),
    (ROLE, ORRERY, "34.99", "VESPB", "Vesperine: Book of Beasts", "de", "used-good"),
    (ROLE, ORRERY, "39.99", "HOLLW", "Hollow Kingdoms: Core Rules", "de fr es", "used-good"),
    (ROLE, ORRERY, "24.99", "HOLLA", "Hollow Kingdoms: Six Adventures", "de fr"),
    (ROLE, ORRERY, "19.99", "TINY", "Tiny Perils: A Game for Two Evenings", "de fr es"),
))  # fmt: skip

_PIECES = (Size("500", "500 pieces"), Size("1000", "1000 pieces", "5.00"), Size("2000", "2000 pieces", "14.00"))
_PUZZLES = tuple(
    Product(f"PZ-{code}", f"{picture}, {{size}}", PUZZLE, PINEFOLD, "16.99", _PIECES[:count],
            used=("used-good",)[: count - 1])
    for code, picture, count in (
        ("HARB", "Harbor at Dusk", 3), ("MARKT", "Night Market", 3), ("ALPEN", "Alpine Meadow", 2),
        ("BOOKS", "Crooked Bookshop", 3),
        ("STARS", "Star Chart", 2), ("FUNGI", "Cabinet of Fungi", 2), ("TRAMS", "Tram Depot", 1),
        ("CATS", "Cats of the Library", 3),
        ("WAVES", "Winter Waves", 1), ("MAPS", "Map of an Island", 2),
    )
)  # fmt: skip

_GOODS = (
    Product("SU-DICE", "Seven-Piece Dice Set", SUPPLIES, LANTERNQUAY, "9.99",
            colours=("RED", "BLU", "GRN", "BLK", "PRP", "IVY", "TEA", "CLR"), cost_percent=36),
    Product("SU-SLEEV", "Card Sleeves, {size}, Pack of 100", SUPPLIES, LANTERNQUAY, "5.49",
            (Size("STD", "Standard"), Size("MINI", "Mini", "-0.50"), Size("TAROT", "Tarot", "1.00")), ("CLR", "BLK")),
    Product("SU-MAT", "Playing Mat, {size}", SUPPLIES, LANTERNQUAY, "24.99",
            (Size("60", "24 x 14 in"), Size("90", "36 x 36 in", "20.00")), ("BLK", "GRN", "NVY")),
    Product("SU-TRAY", "Folding Dice Tray", SUPPLIES, LANTERNQUAY, "14.99", colours=("RED", "NVY", "BLK")),
    Product("SU-BOX", "Deck Box", SUPPLIES, LANTERNQUAY, "4.99", colours=("RED", "BLU", "WHT", "BLK", "YEL"),
            cost_percent=34),
    Product("SU-PAINT", "Miniature Paint, 17 ml", SUPPLIES, LANTERNQUAY, "3.99",
            colours=("RED", "BLU", "GRN", "BLK", "WHT", "YEL", "ORG", "SND", "PRP", "GRY"), cost_percent=44),
    Product("SU-TOKEN", "Loose Wooden Tokens, {size}", SUPPLIES, LANTERNQUAY, "32.00",
            (Size("CUBE", "Cubes"), Size("DISC", "Discs"), Size("FIG", "Figures", "9.00")), unit="g"),
    Product("ST-NOTE", "Dot-Grid Notebook, {size}", PAPER, INKWHARF, "12.99",
            (Size("A6", "A6", "-4.00"), Size("A5", "A5")),
            ("NVY", "RED", "GRN", "BLK"), cost_percent=40),
    Product("ST-PEN", "Rollerball Pen", PAPER, INKWHARF, "3.49", colours=("BLK", "BLU", "RED", "GRN"), cost_percent=38),
    Product("ST-MARK", "Brass Bookmark", PAPER, INKWHARF, "7.99", cost_percent=35),
    Product("ST-LAMP", "Clip-On Reading Lamp", PAPER, INKWHARF, "18.99", colours=("WHT", "BLK"), used=("refurbished",)),
    Product("ST-TOTE", "Reader’s Tote Bag", PAPER, INKWHARF, "16.99", colours=("IVY", "NVY"), cost_percent=36),
    Product("ST-CARD", "Greeting Card, {size}", PAPER, INKWHARF, "4.25",
            (Size("BDAY", "Birthday"), Size("THX", "Thank You"), Size("BLANK", "Blank")), cost_percent=30),
    Product("CF-TEA", "Loose-Leaf Tea, {size}", PAPER, LANTERNQUAY, "56.00",
            (Size("BLK", "Breakfast"), Size("GRN", "Green Sencha", "8.00"), Size("MINT", "Mint", "-10.00")), unit="g"),
    Product("CF-BEAN", "Reading Room Coffee Beans", PAPER, LANTERNQUAY, "29.00", unit="g"),
)  # fmt: skip

PRODUCTS: tuple[Product, ...] = (*_BOOKS, *_GAMES, *_PUZZLES, *_GOODS)
