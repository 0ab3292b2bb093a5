// The peer that the relay is compared with: client-go's informer over all Pods, until it has synced.
// Prints one line of JSON, as the contenders written in TypeScript do.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"log"
	"os"
	"syscall"
	"time"

	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

type figures struct {
	Objects      int     `json:"objects"`
	ElapsedMs    float64 `json:"elapsedMs"`
	CPUMs        float64 `json:"cpuMs"`
	PeakRSSBytes int64   `json:"peakRssBytes"`
}

func main() {
	contentType := flag.String("content-type", "application/json", "content type to request from the API server")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		log.Fatal(err)
	}
	config.ContentType = *contentType
	config.AcceptContentTypes = *contentType
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	started, cpuBefore := time.Now(), usage()
	informer := informers.NewSharedInformerFactory(client, 0).Core().V1().Pods().Informer()
	go informer.Run(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		log.Fatal("the informer has not synced")
	}
	after := usage()
	result := figures{
		Objects:      len(informer.GetStore().ListKeys()),
		ElapsedMs:    float64(time.Since(started).Microseconds()) / 1000,
		CPUMs:        cpuMs(after) - cpuMs(cpuBefore),
		PeakRSSBytes: after.Maxrss * maxRSSUnit,
	}
	if err := json.NewEncoder(os.Stdout).Encode(result); err != nil {
		log.Fatal(err)
	}
}

func usage() syscall.Rusage {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatal(err)
	}
	return u
}

func cpuMs(u syscall.Rusage) float64 {
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6
}
