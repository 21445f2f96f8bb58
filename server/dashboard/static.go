package dashboard

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sync"

	"github.com/gorilla/mux"
	"github.com/klauspost/compress/gzip"

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
	if r.URL.Query().Get("v") == asset.Version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	d.host.SendAsset(w, asset.Type, asset.Content, asset.Compressed)
	return nil
}

// Asset is a file that pages load.
type Asset struct {
	Type    string // content type
	Version string // changes with the content
	Content []byte

	// Compressed returns the content as gzip. It is made when it is first asked for.
	Compressed func() []byte
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
		assets[e.Name()] = Asset{Type: typeOf(e.Name()), Version: hex.EncodeToString(sum[:6]), Content: content,
			Compressed: sync.OnceValue(func() []byte { return compress(content) })}
	}
	if err != nil {
		panic(err) // the files are part of the program
	}
	return assets
})

// compress returns content as gzip, as short as it gets: it is done once, and takes 3 ms for 50 kB.
func compress(content []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err == nil {
		_, _ = z.Write(content) // a buffer takes everything
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}

func typeOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".LICENSE":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}
