package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"glow/schema"
)

// exportCmd writes the records to a file.
type exportCmd struct {
	query[schema.ExportRequest]
	Output string `short:"o" placeholder:"FILE" help:"The file to write, a folder to write it into, or - for stdout. Default a dated name in this folder."`
	Yes    bool   `help:"Overwrite the file."`
}

// Run exports.
func (c *exportCmd) Run(a *app) error {
	body, err := c.body(a)
	if err != nil {
		return err
	}
	var req schema.ExportRequest
	if err := json.Unmarshal(body, &req); err != nil {
		req = schema.ExportRequest{} // the instance says what is wrong
	}
	if c.Output == "-" && req.Kind == "" && isTerminal(a.out) {
		return usagef("--output: a ZIP is not for a terminal; name a file, or send it into a pipe")
	}
	client, zone, err := a.openWithZone()
	if err != nil {
		return err
	}
	defer client.close()
	path, size, err := a.download(client, schema.Export.Route, body, target{c.Output, req.FileName(time.Now().In(zone)), c.Yes})
	if err != nil || path == "" {
		return err
	}
	return a.printResult(fmt.Sprintf("Exported to %s, %s.", path, plural(size, "byte")), map[string]any{"file": path, "bytes": size})
}

// printResult prints what a command did: as a sentence, or as JSON.
func (a *app) printResult(sentence string, document map[string]any) error {
	if a.format() != formatJSON {
		_, err := fmt.Fprintln(a.out, clean(sentence))
		return err
	}
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	_, err = a.out.Write(indentJSON(text))
	return err
}
