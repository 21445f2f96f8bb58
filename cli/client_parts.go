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
	return askOn(a, e, q, p, func(c *client, body []byte, got *answer[Resp]) (err error) {
		whole := Whole(&got.value)
		key, cursor := whole.Next()
		if cursor == "" {
			return nil
		}
		for ; cursor != ""; key, cursor = whole.Next() {
			on, err := bodyWith(body, key, cursor)
			if err != nil {
				return err
			}
			more, err := call(a.ctx, c, e, on)
			if err != nil {
				return err
			}
			whole.Append(more.value)
		}
		got.raw, err = json.Marshal(got.value)
		return err
	})
}

// bodyWith returns a request with a text under a key.
func bodyWith(body []byte, key, text string) ([]byte, error) {
	asked, err := parseObject(body)
	if err != nil {
		return nil, err
	}
	value, err := json.Marshal(text)
	if err != nil {
		return nil, err
	}
	return asked.with(object{{key, value}}).marshal()
}
