"""Words from which names of places and people are made up; no list of real ones was used."""

FORCE = "Doggerland Constabulary"
FORCE_CODE = "DGL"

# Named after banks and deeps of the sea bed there.
DISTRICTS = ("Dogger Hills", "Oyster Ground", "Silver Pit", "Elbow Spit", "Well Bank")

VILLAGE_HEADS = (
    "Ebb", "Silt", "Kelp", "Wrack", "Tern", "Marram", "Cockle", "Sedge", "Eel", "Gannet", "Amber", "Antler", "Auroch",
    "Beaver", "Birch", "Flint", "Hazel", "Heron", "Ling", "Mere", "Otter", "Peat", "Plover", "Reed", "Samphire",
    "Shingle", "Skerry", "Spindrift", "Tide", "Whelk", "Whin", "Curlew", "Dunlin", "Fulmar", "Harpoon", "Limpet",
    "Moss", "Pike", "Rush", "Thrift", "Alder", "Brent", "Crane", "Drift", "Elk", "Fowl",
)  # fmt: skip
VILLAGE_TAILS = ("wick", "holm", "thorpe", "staithe", "garth", "sey", "hythe", "ness", "fold", "mouth", "cote", "ridge")

FARM_HEADS = (
    "Long", "High", "Low", "Far", "Near", "Old", "New", "Cold", "White", "Black", "Red", "Windy", "Lonely", "Upper",
    "Nether", "Middle", "Little", "Great", "Broad", "Crooked", "Hollow", "Stony", "Sandy", "Drowned", "Salt",
)  # fmt: skip
FARM_TAILS = (
    "Acre", "Barn", "Bank", "Carr", "Dyke", "Field", "Flats", "Ings", "Lea", "Marsh", "Moor", "Pasture", "Reach",
    "Ridge", "Slack", "Thorn", "Warren", "Wold", "Beck", "Croft", "Dale", "Edge", "Fold", "Gate", "Haugh", "Knoll",
)  # fmt: skip
FIELDS = ("Long Forty", "Top Field", "Bottom Piece", "Pit Close", "Sheepwash", "Ten Acre", "Back Marsh", "Stackyard")
LANES = ("Lane", "Road", "Drove", "Street", "Way")

FIRST_NAMES = (
    "Alba", "Aldan", "Bryn", "Calla", "Corin", "Dara", "Edric", "Elva", "Fenn", "Greta", "Hale", "Ione", "Jory",
    "Kerra", "Leof", "Mabyn", "Nessa", "Orrin", "Perran", "Quill", "Rhosyn", "Sorrel", "Tamsin", "Ulla", "Verity",
    "Wren", "Ysolde", "Zennor", "Ashby", "Bridie", "Cadan", "Demelza", "Eamer", "Freya", "Gareth", "Hester", "Isolde",
    "Jago", "Keziah", "Lowen",
)  # fmt: skip
SURNAME_HEADS = (
    "Ash", "Beck", "Bracken", "Carr", "Clough", "Combe", "Crag", "Dale", "Dene", "Drum", "Dyke", "Eddy", "Fell", "Fen",
    "Firth", "Furze", "Gorse", "Heath", "Holt", "Hurst", "Ings", "Knap", "Lough", "Marl", "Moor", "Nook", "Oxbow",
    "Pinfold", "Quarry", "Rill", "Scar", "Shaw", "Sike", "Tarn", "Thwaite", "Vale", "Wath", "Weir", "Withy", "Yew",
)  # fmt: skip
SURNAME_TAILS = (
    "acre", "bourne", "croft", "dell", "er", "field", "garth", "ham", "ing", "land", "ley", "man", "mere", "nell",
    "ock", "parr", "rigg", "sall", "stead", "ton", "ward", "way", "wick", "wold", "worthy",
)  # fmt: skip
