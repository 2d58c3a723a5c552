// A stand-in for the dcompact worker: its HTTP answers, without compactions. As "pause" it holds a pod's namespaces.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"
)

var (
	lock              sync.Mutex
	running, finished int
	jobs              = map[string]bool{}
	addr              = os.Getenv("ADVERTISE_ADDR")
	parallel, _       = strconv.Atoi(os.Getenv("MAX_PARALLEL_COMPACTIONS"))
	waiting, _        = strconv.Atoi(os.Getenv("MAX_WAITING_COMPACTIONS"))
)

type meta struct {
	Job     string `json:"job"`
	Seconds int    `json:"seconds"`
}

func answer(w http.ResponseWriter, code int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(body)
}

func stat(w http.ResponseWriter, _ *http.Request) {
	lock.Lock()
	defer lock.Unlock()
	compactions := map[string]int{"running": running, "waiting": 0, "queuing": 0, "finished": finished}
	answer(w, 200, map[string]any{"Vars": map[string]any{"MAX_PARALLEL": parallel, "ADVERTISE_ADDR": addr, "Compactions": compactions}})
}

// A job sleeps, and says at its end that it was not cut short. With "cpu" in its name it burns a CPU instead.
func work(job meta) {
	end := time.Now().Add(time.Duration(job.Seconds) * time.Second)
	for time.Now().Before(end) {
		if len(job.Job) < 3 || job.Job[:3] != "cpu" {
			time.Sleep(50 * time.Millisecond)
		}
	}
	lock.Lock()
	defer lock.Unlock()
	running--
	finished++
	delete(jobs, job.Job)
	fmt.Println("finished", job.Job)
}

func dcompact(w http.ResponseWriter, r *http.Request) {
	var job meta
	if json.NewDecoder(r.Body).Decode(&job) != nil || job.Job == "" {
		answer(w, 412, map[string]any{"status": "error", "addr": addr})
		return
	}
	lock.Lock()
	defer lock.Unlock()
	if running >= (parallel+waiting)*3/4 {
		answer(w, 503, map[string]any{"status": "busy", "addr": addr})
		return
	}
	running++
	jobs[job.Job] = true
	fmt.Println("accepted", job.Job)
	go work(job)
	answer(w, 200, map[string]any{"status": "ok", "addr": addr})
}

func probe(w http.ResponseWriter, r *http.Request) {
	var job meta
	json.NewDecoder(r.Body).Decode(&job)
	lock.Lock()
	defer lock.Unlock()
	status := "NotFound"
	if jobs[job.Job] {
		status = "ok"
	}
	if labour := r.URL.Query().Get("labour"); labour != "" && labour != addr {
		status = "bad addr"
	}
	answer(w, 200, map[string]any{"status": status, "addr": addr})
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "pause" {
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
		<-ended
		return
	}
	if parallel < 1 || waiting < 2 {
		fmt.Println("MAX_PARALLEL_COMPACTIONS must be 1 or more, MAX_WAITING_COMPACTIONS 2 or more")
		os.Exit(1)
	}
	http.HandleFunc("/stat", stat)
	http.HandleFunc("/dcompact", dcompact)
	http.HandleFunc("/probe", probe)
	fmt.Println("a worker of", parallel, "compactions, known as", addr)
	fmt.Println(http.ListenAndServe(":8000", nil))
}
