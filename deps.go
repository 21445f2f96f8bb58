package main

import (
	_ "github.com/adrg/xdg"
	_ "github.com/alecthomas/kong"
	_ "github.com/go-json-experiment/json"
	_ "github.com/gofrs/flock"
	_ "github.com/google/uuid"
	_ "github.com/gorilla/mux"
	_ "github.com/jedib0t/go-pretty/v6/table"
	_ "github.com/klauspost/compress/flate"
	_ "github.com/pb33f/libopenapi-validator"
	_ "github.com/pressly/goose/v3"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/schollz/progressbar/v3"
	_ "golang.org/x/term"
	_ "golang.org/x/text/encoding/charmap"
	_ "golang.org/x/time/rate"
	_ "modernc.org/sqlite"
	_ "pgregory.net/rapid"
)
