"""Meridian Outfitters: tents, boots and trail food, from warehouses and stores in Britain. All of it invented."""

from types import MappingProxyType

from domain.identity import tenant_id
from domain.tenants import Tenant
from server.demo.catalogue.product_lines import Edition, Product, Size, sizes
from server.demo.catalogue.records import LocationSeed

TENANT = Tenant(tenant_id("meridian"), "meridian", "Meridian Outfitters", "Europe/London", "GBP", "LDS-DC")
PREFIX = "OUT"

LOCATIONS = (
    LocationSeed("LDS-DC", "Leeds Distribution Centre", "warehouse", "north", 10),
    LocationSeed("BRS-WH", "Bristol Warehouse", "warehouse", "south-west", 20),
    LocationSeed("LON-01", "London Riverside Store", "store", "south-east", 30),
    LocationSeed("EDI-01", "Edinburgh Old Town Store", "store", "scotland", 40),
    LocationSeed("LDS-DC-Q", "Leeds Quality Bay", "zone", "north", 90, "LDS-DC"),
)

TARNSIDE, HOLLOWBECK, GREYSCAR = "Tarnside Equipment", "Hollowbeck Mills", "Greyscar Metalworks"
NORTHFELL, PEATBROOK, LANTERNHILL = "Northfell Bootmakers", "Peatbrook Provisions", "Lanternhill Lighting"
SALTROPE, DOWNLEA, BRACKENBYRE = "Saltrope Cordage", "Downlea Insulation", "Brackenbyre Clothing"
WAYMARK = "Waymark & Cairn Maps"
#: Vendor -> days from order to delivery. The first one is the demo's vendor.
VENDORS = MappingProxyType(
    {
        TARNSIDE: 14, HOLLOWBECK: 10, GREYSCAR: 12, NORTHFELL: 21, PEATBROOK: 4, LANTERNHILL: 18, SALTROPE: 9,
        DOWNLEA: 16, BRACKENBYRE: 20, WAYMARK: 6,
    }
)  # fmt: skip

CLOTHES = sizes("S", "M", "L", "XL")
WIDE = sizes("XS", "S", "M", "L", "XL", "XXL")
SHOES = tuple(Size(f"{size:02}", f"UK {size}") for size in range(5, 12))
LENGTHS = (Size("REG", "Regular"), Size("LNG", "Long", "15"))
OLD = ("refurbished", "used-good")

TENTS, SLEEP, PACKS, SHOE = "Tents & Shelters", "Sleeping Bags & Mats", "Backpacks", "Boots & Shoes"
JACKETS, LAYERS, LEGS, SMALL = "Jackets", "Base Layers", "Trousers & Shorts", "Hats, Gloves & Socks"
KITCHEN, FOOD, LIGHT, CLIMB = "Camp Kitchen", "Trail Food", "Lighting & Power", "Climbing"
NAVIGATE, WATER = "Maps & Safety", "Water & Bottles"


def _people(*steps: tuple[int, str]) -> tuple[Size, ...]:
    return tuple(Size(f"{people}P", f"{people}-Person", extra) for people, extra in steps)


def _litres(*steps: tuple[str, str]) -> tuple[Size, ...]:
    return tuple(Size(litres.replace(".", ""), f"{litres} L", extra) for litres, extra in steps)


PRODUCTS: tuple[Product, ...] = (
    Product("TENT", "Fellside {size} Tent", TENTS, TARNSIDE, "159.00", _people((1, "0"), (2, "60"), (3, "130")),
            ("GRN", "ORG"), OLD),
    Product("TENTH", "Highmoor {size} Geodesic Tent", TENTS, TARNSIDE, "349.00", _people((2, "0"), (3, "90")),
            ("GRN", "SND"), OLD),
    Product("TENTB", "Longstay {size} Tunnel Tent", TENTS, TARNSIDE, "429.00", _people((4, "0"), (6, "150")),
            ("SND",), OLD),
    Product("TARP", "Stormfly Tarp {size}", TENTS, TARNSIDE, "54.00",
            (Size("3X3", "3 x 3 m"), Size("4X4", "4 x 4 m", "22")),
            ("GRN", "GRY")),
    Product("BIVI", "Lee Shore Bivvy Bag", TENTS, TARNSIDE, "119.00", colours=("GRN", "ORG"), used=("used-good",)),
    Product("PEG", "V-Section Tent Pegs, Pack of {size}", TENTS, GREYSCAR, "7.50",
            (Size("6", "6"), Size("12", "12", "6"))),
    Product("GUY", "Reflective Guy Line, {size}", TENTS, SALTROPE, "6.00",
            (Size("10M", "10 m"), Size("20M", "20 m", "4.50")),
            ("YEL", "ORG")),
    Product("FOOT", "Fellside {size} Groundsheet", TENTS, TARNSIDE, "32.00", _people((1, "0"), (2, "6"), (3, "12"))),
    Product("BAG3", "Drift 300 Down Sleeping Bag, {size}", SLEEP, DOWNLEA, "189.00", LENGTHS, ("BLU", "RED"), OLD),
    Product("BAG6", "Drift 600 Down Sleeping Bag, {size}", SLEEP, DOWNLEA, "279.00", LENGTHS, ("BLU", "BLK"), OLD),
    Product("BAGS", "Hearth Synthetic Sleeping Bag, {size}", SLEEP, DOWNLEA, "79.00",
            (*LENGTHS, Size("KID", "Junior", "-20")),
            ("GRN", "PRP")),
    Product("MATA", "Cloudbed Inflatable Mat, {size}", SLEEP, TARNSIDE, "95.00", LENGTHS, ("ORG", "GRY"), OLD),
    Product("MATF", "Roll-Out Foam Mat", SLEEP, TARNSIDE, "18.00", colours=("GRN", "BLU", "GRY")),
    Product("PILL", "Pack-Down Camp Pillow", SLEEP, DOWNLEA, "22.00", colours=("BLU", "GRY", "RED")),
    Product("LINER", "Sleeping Bag Liner, {size}", SLEEP, HOLLOWBECK, "29.00",
            (Size("COT", "Cotton"), Size("SLK", "Silk", "26")),
            ("IVY", "BLU")),
    Product("PACK", "Ridgeway Trekking Pack, {size}", PACKS, TARNSIDE, "129.00",
            _litres(("45", "0"), ("55", "20"), ("65", "35")), ("GRN", "BLK", "RED"), OLD),
    Product("DAY", "Packhorse Daypack, {size}", PACKS, TARNSIDE, "49.00",
            _litres(("18", "0"), ("25", "12"), ("32", "22")),
            ("BLU", "GRY", "YEL", "BLK"), ("used-good",)),
    Product("RUNV", "Switchback Running Vest, {size}", PACKS, BRACKENBYRE, "84.00", sizes("S", "M", "L"),
            ("BLK", "TEA", "YEL")),
    Product("DRY", "Sealskerry Dry Bag, {size}", PACKS, SALTROPE, "12.00",
            _litres(("5", "0"), ("13", "4"), ("35", "11")),
            ("ORG", "YEL", "BLU")),
    Product("DUF", "Longhaul Duffel, {size}", PACKS, TARNSIDE, "75.00", _litres(("60", "0"), ("90", "20")),
            ("BLK", "ORG"), ("refurbished",)),
    Product("BOOT", "Scree Leather Boot, {size}", SHOE, NORTHFELL, "169.00", SHOES, ("BLK", "SND")),
    Product("BOOTW", "Bogtrotter Waterproof Boot, {size}", SHOE, NORTHFELL, "139.00", SHOES, ("GRY", "GRN")),
    Product("TRAIL", "Sheeptrod Trail Shoe, {size}", SHOE, NORTHFELL, "105.00", SHOES, ("TEA", "ORG")),
    Product("SAND", "Ford Crossing Sandal, {size}", SHOE, NORTHFELL, "59.00", SHOES[1:6], ("SND", "BLK")),
    Product("GAIT", "Peat Hag Gaiters, {size}", SHOE, BRACKENBYRE, "38.00", sizes("S", "M", "L"), ("BLK", "GRN")),
    Product("LACE", "Waxed Boot Laces, {size}", SHOE, SALTROPE, "5.50",
            (Size("150", "150 cm"), Size("180", "180 cm", "0.50")),
            ("BLK", "SND"), cost_percent=38),
    Product("JKTS", "Gustlock Shell Jacket, {size}", JACKETS, BRACKENBYRE, "179.00", WIDE, ("BLU", "RED", "BLK"),
            ("refurbished",)),
    Product("JKTD", "Eider Fill Jacket, {size}", JACKETS, DOWNLEA, "195.00", WIDE, ("NVY", "ORG", "GRN")),
    Product("JKTW", "Windgap Overshirt, {size}", JACKETS, BRACKENBYRE, "69.00", CLOTHES, ("TEA", "YEL")),
    Product("FLC", "Wether Fleece, {size}", JACKETS, HOLLOWBECK, "64.00", WIDE, ("GRY", "GRN", "PRP"), ("used-good",)),
    Product("BASE", "Lambfold Merino Long-Sleeve, {size}", LAYERS, HOLLOWBECK, "62.00", WIDE, ("NVY", "GRY", "PRP")),
    Product("BASET", "Lambfold Merino T-Shirt, {size}", LAYERS, HOLLOWBECK, "48.00", CLOTHES, ("NVY", "RED", "GRN")),
    Product("LEGG", "Lambfold Merino Leggings, {size}", LAYERS, HOLLOWBECK, "56.00", CLOTHES, ("BLK", "NVY")),
    Product("TRS", "Stile Walking Trousers, {size}", LEGS, BRACKENBYRE, "72.00",
            tuple(Size(str(waist), f"{waist} in") for waist in range(28, 40, 2)), ("GRY", "SND", "BLK")),
    Product("SHO", "Becksand Shorts, {size}", LEGS, BRACKENBYRE, "45.00", CLOTHES, ("SND", "NVY", "GRN")),
    Product("OVT", "Gustlock Overtrousers, {size}", LEGS, BRACKENBYRE, "89.00", CLOTHES, ("BLK", "GRY")),
    Product("SOCK", "Drover Walking Socks, {size}", SMALL, HOLLOWBECK, "14.00", sizes("S", "M", "L"),
            ("GRY", "GRN", "RED", "NVY"), cost_percent=42),
    Product("SOCKL", "Drover Liner Socks, {size}", SMALL, HOLLOWBECK, "8.50", sizes("S", "M", "L"), ("BLK", "WHT")),
    Product("GLOV", "Cragface Gloves, {size}", SMALL, BRACKENBYRE, "34.00", sizes("S", "M", "L"),
            ("BLK", "ORG", "GRY")),
    Product("BEAN", "Fold Beanie", SMALL, HOLLOWBECK, "19.00", colours=("GRY", "RED", "TEA", "YEL"), cost_percent=40),
    Product("CAP", "Cairn Cap", SMALL, BRACKENBYRE, "21.00", colours=("SND", "NVY", "GRN")),
    Product("TUBE", "Draughtstop Neck Tube", SMALL, HOLLOWBECK, "11.00", colours=("BLU", "ORG", "BLK", "PRP"),
            cost_percent=36),
    Product("STOV", "Tinderbox Gas Stove", KITCHEN, GREYSCAR, "44.00", colours=("GRY",), used=OLD),
    Product("STOVM", "Tinderbox Multi-Fuel Stove", KITCHEN, GREYSCAR, "128.00", used=OLD),
    Product("POT", "Ironhob Cook Pot, {size}", KITCHEN, GREYSCAR, "26.00",
            _litres(("0.9", "0"), ("1.5", "7"), ("2.5", "15"))),
    Product("PAN", "Ironhob Frying Pan, {size}", KITCHEN, GREYSCAR, "24.00",
            (Size("20", "20 cm"), Size("24", "24 cm", "5"))),
    Product("MUG", "Enamel Camp Mug", KITCHEN, GREYSCAR, "9.50", colours=("WHT", "BLU", "RED", "GRN"), cost_percent=34),
    Product("SPRK", "Long-Handled Spork", KITCHEN, GREYSCAR, "6.50", colours=("GRY", "ORG"), cost_percent=32),
    Product("COOL", "Larder Cool Box, {size}", KITCHEN, TARNSIDE, "59.00", _litres(("16", "0"), ("28", "25")),
            ("BLU",)),
    Product("COFF", "Camp Coffee Press, {size}", KITCHEN, GREYSCAR, "32.00", _litres(("0.5", "0"), ("1.0", "9"))),
    Product("MEAL", "Trail Supper, {size}", FOOD, PEATBROOK, "7.95",
            (Size("CUR", "Chickpea Curry"), Size("STW", "Beef Stew", "0.50"), Size("PAS", "Tomato Pasta"),
             Size("RIS", "Mushroom Risotto"), Size("POR", "Oat Porridge", "-3.00"), Size("CHI", "Bean Chilli")),
            cost_percent=58),
    Product("BAR", "Oat & Honey Bar, {size}", FOOD, PEATBROOK, "1.60",
            (Size("APR", "Apricot"), Size("CHO", "Chocolate"), Size("NUT", "Hazelnut"), Size("GIN", "Ginger"))),
    Product("MIX", "Loose Trail Mix, {size}", FOOD, PEATBROOK, "14.50",
            (Size("CLS", "Classic"), Size("SEED", "Seed & Berry", "1.50"), Size("SALT", "Salted Nut", "2.00")),
            unit="g"),
    Product("JERK", "Loose Dried Mango", FOOD, PEATBROOK, "18.00", unit="g"),
    Product("OATS", "Loose Rolled Oats", FOOD, PEATBROOK, "3.20", unit="g"),
    Product("HEAD", "Glimmer Head Torch, {size}", LIGHT, LANTERNHILL, "34.00",
            (Size("200", "200 lm"), Size("400", "400 lm", "15"), Size("900", "900 lm", "45")), ("BLK", "ORG"),
            ("refurbished",)),
    Product("LANT", "Bothy Lantern, {size}", LIGHT, LANTERNHILL, "29.00",
            (Size("300", "300 lm"), Size("600", "600 lm", "14")), ("GRN", "RED"), ("refurbished",)),
    Product("PWR", "Pocket Power Bank, {size}", LIGHT, LANTERNHILL, "28.00",
            (Size("10K", "10,000 mAh"), Size("20K", "20,000 mAh", "17")), used=("refurbished",)),
    Product("SOL", "Fold-Out Solar Panel, {size}", LIGHT, LANTERNHILL, "69.00",
            (Size("14W", "14 W"), Size("28W", "28 W", "40")), used=("refurbished", "used-good")),
    Product("CELL", "AA Lithium Cells, Pack of 4", LIGHT, LANTERNHILL, "9.00", cost_percent=60),
    Product("HARN", "Buttress Harness, {size}", CLIMB, SALTROPE, "62.00", sizes("XS", "S", "M", "L"),
            ("BLK", "BLU", "RED")),
    Product("ROPE", "Arete 9.8 mm Rope, {size}", CLIMB, SALTROPE, "115.00",
            (Size("40", "40 m"), Size("60", "60 m", "50"), Size("70", "70 m", "72")), ("GRN", "ORG")),
    Product("KRAB", "Screwgate Carabiner", CLIMB, GREYSCAR, "9.00", colours=("GRY", "RED", "BLU"), cost_percent=46),
    Product("QUIK", "Quickdraw, {size}", CLIMB, GREYSCAR, "15.00", (Size("12", "12 cm"), Size("18", "18 cm", "1")),
            ("BLU", "ORG")),
    Product("HELM", "Rockfall Helmet, {size}", CLIMB, GREYSCAR, "58.00", sizes("S-M", "M-L"), ("WHT", "ORG", "BLU")),
    Product("SHOE", "Smear Climbing Shoe, {size}", CLIMB, NORTHFELL, "88.00", SHOES[:6], ("RED",)),
    Product("SLNG", "Dyneel Sling, {size}", CLIMB, SALTROPE, "6.00",
            (Size("60", "60 cm"), Size("120", "120 cm", "3.50"))),
    Product("CHLK", "Loose Climbing Chalk", CLIMB, PEATBROOK, "21.00", unit="g"),
    Product("CHBG", "Chalk Bag", CLIMB, BRACKENBYRE, "17.00", colours=("BLK", "PRP", "YEL")),
    Product("COMP", "Baseplate Compass", NAVIGATE, WAYMARK, "24.00", used=("used-good",)),
    Product("WHIS", "Storm Whistle", NAVIGATE, WAYMARK, "4.00", colours=("ORG", "YEL"), cost_percent=30),
    Product("AID", "First Aid Kit, {size}", NAVIGATE, WAYMARK, "19.00", (Size("1", "Solo"), Size("4", "Group", "16"))),
    Product("BLKT", "Survival Blanket", NAVIGATE, WAYMARK, "5.00", cost_percent=30),
    Product("CASE", "Waterproof Map Case", NAVIGATE, WAYMARK, "13.00", colours=("CLR", "ORG")),
    *(Product(f"MAP-{code}", f"Walking Map: {en}", NAVIGATE, WAYMARK, "12.50", language="en", cost_percent=50,
              editions=(Edition("de", f"Wanderkarte: {de}"), Edition("fr", f"Carte de randonnée : {fr}")))
      for code, en, de, fr in (
          ("NF", "The Northern Fells", "Die nördlichen Fells", "Les collines du Nord"),
          ("IS", "The Western Isles", "Die westlichen Inseln", "Les îles de l’Ouest"),
          ("CO", "The South Coast Path", "Der Südküstenweg", "Le sentier de la côte sud"))),
    Product("BOT", "Springhead Bottle, {size}", WATER, GREYSCAR, "18.00",
            _litres(("0.5", "0"), ("0.75", "4"), ("1.0", "7")), ("BLU", "GRN", "BLK", "WHT"), cost_percent=44),
    Product("FLSK", "Hearthstone Flask, {size}", WATER, GREYSCAR, "27.00", _litres(("0.5", "0"), ("1.0", "8")),
            ("GRN", "GRY")),
    Product("BLAD", "Hydration Bladder, {size}", WATER, TARNSIDE, "29.00", _litres(("2", "0"), ("3", "4"))),
    Product("FILT", "Clearbeck Water Filter", WATER, TARNSIDE, "39.00", used=("refurbished",)),
    Product("TABS", "Water Purifying Tablets, Pack of 50", WATER, PEATBROOK, "7.00"),
)  # fmt: skip
