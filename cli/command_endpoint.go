package cli

import (
	"encoding/json"
	"fmt"
	"time"

	"glow/schema"
	"glow/server/formats"
)

// endpointCmd is a command that asks one endpoint and prints its answer. Its flags are
// the fields of the request type.
type endpointCmd[Req schema.Request, Resp any] struct {
	query[Req]
	outputFlags
	endpoint schema.Endpoint[Req, Resp]
	printer  printer[Req, Resp]
	rest     restFetcher[Req, Resp] // nil where one part of the answer is enough
}

// printer is how an answer is shown.
type printer[Req, Resp any] struct {
	show func(p *page, req Req, resp Resp) // as tables
	list func(resp Resp) any               // the slice of structs that makes the CSV

	facts   func(p *page, resp Resp) []formats.Fact // what a workbook says of the list beside the request; nil: nothing
	note    func(resp Resp) string                  // what goes to stderr beside the CSV; nil: nothing
	verdict func(resp Resp) error                   // makes the command fail after it has printed; nil: it succeeds
}

// command returns the command that asks e.
func command[Req schema.Request, Resp any](e schema.Endpoint[Req, Resp], show func(*page, Req, Resp), list func(Resp) any) endpointCmd[Req, Resp] {
	return endpointCmd[Req, Resp]{endpoint: e, printer: printer[Req, Resp]{show: show, list: list}}
}

// oneRow makes the CSV of an answer that is one row.
func oneRow[Resp any](r Resp) any { return []Resp{r} }

// Run sends what flags and body say to the endpoint and prints the answer.
func (c *endpointCmd[Req, Resp]) Run(a *app) error {
	body, err := c.body(a)
	if err != nil {
		return err
	}
	if err := c.outputFlags.check(a); err != nil { // before the instance does the work
		return err
	}
	client, zone, err := a.openWithZone()
	if err != nil {
		return err
	}
	defer client.close()
	got, err := call(a.ctx, client, c.endpoint, body)
	if err != nil {
		return err
	}
	if c.rest != nil {
		if err := c.rest(a, client, c.endpoint, body, &got); err != nil {
			return err
		}
	}
	print := func() error { return c.printer.print(a, zone, body, got) }
	if err := c.outputFlags.write(a, print); err != nil || c.printer.verdict == nil {
		return err
	}
	return c.printer.verdict(got.value)
}

// print prints an answer in the format asked for.
func (p printer[Req, Resp]) print(a *app, zone *time.Location, body []byte, got answer[Resp]) error {
	switch a.format() {
	case formatJSON:
		_, err := a.out.Write(indentJSON(got.raw))
		return err
	case formatCSV:
		if p.note != nil {
			if note := p.note(got.value); note != "" {
				fmt.Fprintln(a.errs, note)
			}
		}
		return a.printCSV(zone, p.list(got.value))
	case formatXLSX:
		return p.printWorkbook(a, zone, body, got)
	}
	var req Req // the instance accepted the body, so it can be read
	if err := json.Unmarshal(body, &req); err != nil {
		return err
	}
	schema.MergeNames(&req)
	sheet := &page{zone: zone, width: widthOf(a.out)}
	p.show(sheet, req, got.value)
	return sheet.writeTo(a.out)
}

// restFetcher asks for the parts that follow the first one and appends them to it.
type restFetcher[Req schema.Request, Resp any] func(a *app, c *client, e schema.Endpoint[Req, Resp], body []byte, got *answer[Resp]) error

// continued is an answer that may be a part of a longer one.
type continued[Resp any] interface {
	*Resp
	Next() (key, cursor string) // of the request for the next part; "" at the end
	Append(more Resp)
}

// fetchRest is the restFetcher of an answer that says how to go on.
func fetchRest[Req schema.Request, Resp any, Whole continued[Resp]](a *app, c *client, e schema.Endpoint[Req, Resp], body []byte, got *answer[Resp]) (err error) {
	whole := Whole(&got.value)
	key, cursor := whole.Next()
	if cursor == "" {
		return nil // the answer stays as it was sent, byte by byte
	}
	for ; cursor != ""; key, cursor = whole.Next() {
		next, err := bodyWith(body, key, cursor)
		if err != nil {
			return err
		}
		more, err := call(a.ctx, c, e, next)
		if err != nil {
			return err
		}
		whole.Append(more.value)
	}
	got.raw, err = json.Marshal(got.value)
	return err
}

// bodyWith returns a request with a text under a key.
func bodyWith(body []byte, key, text string) ([]byte, error) {
	request, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return request.with(object{{key, value}}).marshal()
}

// pagedCmd prints one page of a list or, with --all, everything from that page on.
// The command's tag names what is listed: set:"noun=sessions".
type pagedCmd[Req schema.Request, Resp any] struct {
	endpointCmd[Req, Resp]
	All bool `help:"All ${noun} from the page on, not one page of them."`
}

// paged returns the command that asks e for pages.
func paged[Req schema.Request, Resp any, Whole continued[Resp]](e schema.Endpoint[Req, Resp], show func(*page, Req, Resp), list func(Resp) any) pagedCmd[Req, Resp] {
	c := command(e, show, list)
	c.rest = fetchRest[Req, Resp, Whole]
	return pagedCmd[Req, Resp]{endpointCmd: c}
}

// Run asks for one page, or for all.
func (c *pagedCmd[Req, Resp]) Run(a *app) error {
	if !c.All {
		c.rest = nil
	}
	return c.endpointCmd.Run(a)
}
