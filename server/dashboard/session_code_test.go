package dashboard

import (
	"fmt"
	"testing"
	"time"
)

func TestCodesOfOneTokenPushOutNobodyElses(t *testing.T) {
	c := &signInCodes{now: time.Now}
	mine, _ := c.issue("mine")
	var theirs []string
	for range 3 * maxCodesEach {
		text, _ := c.issue("theirs")
		theirs = append(theirs, text)
	}
	if _, ok := c.spend(theirs[2*maxCodesEach-1]); ok {
		t.Error("more than a few codes of one token count at once")
	}
	for _, text := range append(theirs[2*maxCodesEach:], mine) {
		if _, ok := c.spend(text); !ok {
			t.Error("a code was pushed out")
		}
	}
	for i := range maxCodes + 10 {
		c.issue(fmt.Sprint(i))
	}
	if len(c.all) > maxCodes {
		t.Errorf("%d codes are kept", len(c.all))
	}
}
