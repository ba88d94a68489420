"""Files as nodes and cells that know their place: YAML, CSV, XLSX and the folder that holds them."""
