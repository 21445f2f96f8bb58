package schema

import "testing"

func TestTextsOfRequestsCanBeSeen(t *testing.T) {
	for _, text := range []string{" ", "\t", "\u00a0\u200b", "\u200b\n"} {
		for field, request := range map[string]Request{
			"name":    TokenCreateRequest{Name: text, Role: RoleAdmin},
			"type":    ProblemRequest{Type: text, Message: "it broke"},
			"message": ProblemRequest{Type: "bug", Message: text},
		} {
			if err := request.Validate(); ErrorCode(err) != CodeInvalid {
				t.Errorf("%s %q: got %v", field, text, err)
			}
		}
	}
}
