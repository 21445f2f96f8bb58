package cli

import (
	"encoding/json"

	"glow/schema"
)

// continued is an answer that may be a part of a longer one.
type continued[Resp any] interface {
	*Resp
	Next() (key, cursor string) // of the request that goes on; "" at the end
	Append(more Resp)
}

// askAll asks an endpoint for all parts of its answer, one after the other, and prints
// them as one.
func askAll[Req schema.Request, Resp any, Whole continued[Resp]](a *app, e schema.Endpoint[Req, Resp], q *query[Req], p printer[Req, Resp]) error {
	body, err := q.body(a)
	if err != nil {
		return err
	}
	zone, err := a.zone()
	if err != nil {
		return err
	}
	c, err := a.open()
	if err != nil {
		return err
	}
	defer c.close()
	got, err := call(a.ctx, c, e, body)
	if err != nil {
		return err
	}
	whole := Whole(&got.value)
	for key, cursor := whole.Next(); cursor != ""; key, cursor = whole.Next() {
		asked, err := parseObject(body)
		if err != nil {
			return err
		}
		text, err := json.Marshal(cursor)
		if err != nil {
			return err
		}
		on, err := asked.with(object{{key, text}}).marshal()
		if err != nil {
			return err
		}
		more, err := call(a.ctx, c, e, on)
		if err != nil {
			return err
		}
		whole.Append(more.value)
		got.raw = nil
	}
	if got.raw == nil { // of several answers
		if got.raw, err = json.Marshal(got.value); err != nil {
			return err
		}
	}
	return show(a, zone, body, got, p)
}
