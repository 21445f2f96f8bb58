package dashboard

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sync"

	"github.com/gorilla/mux"

	"glow/schema"
)

//go:embed static/*
var staticFiles embed.FS

// ServeAsset sends the static file of a name. One that is asked for by its version never
// changes.
func (d *Dashboard) ServeAsset(w http.ResponseWriter, r *http.Request) error {
	asset, ok := Assets()[mux.Vars(r)["name"]]
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "there is no such file")
	}
	h := w.Header()
	h.Set("Content-Type", asset.Type)
	if r.URL.Query().Get("v") == asset.Version {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(asset.Content)
	return nil
}

// Asset is a file that pages load.
type Asset struct {
	Type    string // content type
	Version string // changes with the content
	Content []byte
}

// Assets are the static files by name. They are read once.
var Assets = sync.OnceValue(func() map[string]Asset {
	assets := map[string]Asset{}
	entries, err := fs.ReadDir(staticFiles, "static")
	for _, e := range entries {
		var content []byte
		if content, err = staticFiles.ReadFile("static/" + e.Name()); err != nil {
			break
		}
		sum := sha256.Sum256(content)
		assets[e.Name()] = Asset{Type: typeOf(e.Name()), Version: hex.EncodeToString(sum[:6]), Content: content}
	}
	if err != nil {
		panic(err) // the files are part of the program
	}
	return assets
})

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".LICENSE":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
