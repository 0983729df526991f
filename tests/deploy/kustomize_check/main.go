// Renders the kustomization of the folder named on the command line with Kustomize's own code, and
// prints the result as YAML. Missing files, unknown keys and patches without a target are errors.
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

func main() {
	rendered, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(
		filesys.MakeFsOnDisk(), os.Args[1],
	)
	if err == nil {
		var text []byte
		if text, err = rendered.AsYaml(); err == nil {
			_, err = os.Stdout.Write(text)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
