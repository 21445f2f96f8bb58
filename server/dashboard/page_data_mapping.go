package dashboard

import "glow/schema"

// deleteMapping deletes a mapping that is kept. What came in by it stays.
func deleteMapping(p *pageRequest) error {
	name := p.fields.Get("name")
	if _, err := p.d.store.Delete(p.Context(), p.caller, schema.DeleteRequest{Kind: schema.KindMapping, ID: name}); err != nil {
		return err
	}
	return p.done("The mapping “"+name+"” is deleted. What came in by it stays.", pathData)
}
