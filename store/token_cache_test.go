package store

import (
	"sync"
	"sync/atomic"
	"testing"

	"glow/schema"
)

// A token is over once its end was acknowledged, however lately it was shown.
func TestACachedTokenEndsWhenItIsRevoked(t *testing.T) {
	s, _ := tokenStore(t)
	for range 20 {
		made := create(t, s, schema.TokenCreateRequest{Name: "passing", Role: "viewer", DepartmentIDs: []string{"cs"}})
		var (
			revoked atomic.Bool
			running sync.WaitGroup
		)
		for range 4 {
			running.Go(func() {
				for {
					over := revoked.Load()
					_, err := s.Authenticate(ctx, made.Secret)
					if over && err == nil {
						t.Error("a revoked token was taken")
					}
					if over || err != nil && !over && revoked.Load() {
						return
					}
				}
			})
		}
		if _, err := s.RevokeToken(ctx, admin, schema.TokenRevokeRequest{TokenID: made.TokenID}); err != nil {
			t.Fatal(err)
		}
		revoked.Store(true)
		running.Wait()
	}
}

func TestACachedTokenEndsWhenItsPersonIsForgotten(t *testing.T) {
	s, _ := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "t", Role: "ta", ProfileID: "ann"})
	if _, err := s.Authenticate(ctx, made.Secret); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Forget(ctx, admin, schema.ForgetRequest{ProfileID: "ann"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Authenticate(ctx, made.Secret); schema.ErrorCode(err) != schema.CodeUnauthorized {
		t.Errorf("the token of somebody forgotten: %v", err)
	}
}

func TestChangingACallerDoesNotChangeTheTokenCache(t *testing.T) {
	s, _ := tokenStore(t)
	made := create(t, s, schema.TokenCreateRequest{Name: "c", Role: "coordinator", DepartmentIDs: []string{"bio", "cs"}})
	for range 3 {
		caller, err := s.Authenticate(ctx, made.Secret)
		if err != nil || len(caller.DepartmentIDs) != 2 || caller.DepartmentIDs[0] != "bio" {
			t.Fatal(caller, err)
		}
		caller.DepartmentIDs[0] = "all"
	}
}
