/* An open-loop load generator: requests are due at times of their own, whether or not the last ones were answered.
 *
 * open_loop PORT RATE SECONDS CONNECTIONS FILE, with a file that scene.py wrote, prints one line of JSON. Latency
 * counts from the moment a request was due, also while it waits here for a free connection: a server that stalls is
 * charged with everybody whom it kept waiting (no coordinated omission). Arrivals are random (exponential gaps) from
 * one seed, so that every system meets the same. Who was never answered waited until that was clear, and counts among
 * the failures; so do refusals, as fast as they came. `late_p99` tells how late requests left that had a free connection:
 * the generator's own share. To keep that small it has a processor whenever it wants one, where it may: whoever calls
 * has a machine of their own, and this one's wait for a processor is not the server's. It takes some microseconds of
 * it for a request.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER = 16384, AT_ONCE = 64, NONE = -1 };

static const double BEGINNING = 0.05, SETTLING = 15.0; /* seconds before the first request, and after the last */
static const unsigned short SEED[3] = {4711, 0, 0};

typedef struct {
    int socket;
    int waiting_for; /* the request that it is to be answered, or NONE */
    size_t filled;
    char answer[ANSWER + 1];
} Connection;

static struct { size_t length; char *text; } *requests;
static int prepared;

static double *due_at, *latencies, *lateness; /* seconds of the clock; the others in the order of their coming */
static int due, sent, answered, refused, lost, heard_of, late;

static Connection *connections;
static int *available; /* connections that are free, the longest so first */
static int connected, first_available, available_count;
static int poller, port;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void *allocated(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) fail("memory");
    return memory;
}

static double now(void) {
    struct timespec read;
    clock_gettime(CLOCK_MONOTONIC, &read);
    return (double)read.tv_sec + (double)read.tv_nsec / 1e9;
}

/* Each request is a line with its length, then itself. */
static void read_requests(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail(path);
    size_t length;
    for (int room = 0; fscanf(file, "%zu", &length) == 1 && fgetc(file) == '\n'; prepared++) {
        if (prepared == room) requests = realloc(requests, (size_t)(room = 2 * room + 1024) * sizeof *requests);
        if (!requests) fail("memory");
        requests[prepared].length = length;
        requests[prepared].text = allocated(length, 1);
        if (fread(requests[prepared].text, 1, length, file) != length) fail(path);
    }
    fclose(file);
    if (!prepared) {
        fprintf(stderr, "%s holds no requests\n", path);
        exit(1);
    }
}

static void make_available(int index) {
    available[(first_available + available_count++) % connected] = index;
}

static void take_away(int index) {
    for (int place = 0; place < available_count; place++) {
        int other = available[first_available];
        first_available = (first_available + 1) % connected;
        available_count--;
        if (other == index) return;
        make_available(other);
    }
}

static void join(int index) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int made = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    if (made < 0 || connect(made, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(made, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (unsigned)index};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, made, &event) < 0) fail("epoll");
    connections[index].socket = made;
    connections[index].waiting_for = NONE;
    connections[index].filled = 0;
    make_available(index);
}

static void note_latency(int number) {
    latencies[heard_of++] = now() - due_at[number];
}

/* Connect anew in the place of a connection that the server closed. */
static void lose(int index) {
    if (connections[index].waiting_for == NONE) {
        take_away(index);
    } else {
        note_latency(connections[index].waiting_for);
        lost++;
    }
    close(connections[index].socket);
    join(index);
}

static void send_next(bool on_time) {
    int index = available[first_available], number = sent++;
    first_available = (first_available + 1) % connected;
    available_count--;
    Connection *used = &connections[index];
    used->waiting_for = number;
    if (on_time) lateness[late++] = now() - due_at[number];
    size_t length = requests[number % prepared].length;
    if (send(used->socket, requests[number % prepared].text, length, MSG_NOSIGNAL) != (ssize_t)length) lose(index);
}

/* Whether all of an answer is there. */
static bool is_whole(const Connection *read) {
    const char *end = strstr(read->answer, "\r\n\r\n"), *told = strcasestr(read->answer, "\r\ncontent-length:");
    if (!end) return false;
    size_t body = told && told < end ? strtoul(told + strlen("\r\ncontent-length:"), NULL, 10) : 0;
    return read->filled >= (size_t)(end + 4 - read->answer) + body;
}

static void receive(int index) {
    Connection *read = &connections[index];
    ssize_t got = recv(read->socket, read->answer + read->filled, ANSWER - read->filled, 0);
    if (got <= 0 || read->waiting_for == NONE) {
        lose(index);
        return;
    }
    read->answer[read->filled += (size_t)got] = '\0';
    if (!is_whole(read)) return;
    note_latency(read->waiting_for);
    answered++;
    refused += strncmp(read->answer, "HTTP/1.1 200", 12) != 0;
    read->waiting_for = NONE;
    read->filled = 0;
    make_available(index);
}

static void wake_at(int timer, double time) {
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)time}};
    at.it_value.tv_nsec = (long)((time - floor(time)) * 1e9) + 1;
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

/* The seconds until the last answer. */
static double run(int count, double began, double end) {
    struct epoll_event events[AT_ONCE], alarm = {.events = EPOLLIN, .data.u32 = (unsigned)connected};
    int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    if (timer < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, timer, &alarm) < 0) fail("timer");
    wake_at(timer, count ? due_at[0] : end);
    while (answered + lost < count) {
        int ready = epoll_wait(poller, events, AT_ONCE, 200);
        for (int each = 0; each < ready; each++)
            if ((int)events[each].data.u32 != connected) receive((int)events[each].data.u32);
        double time = now();
        while (sent < due && available_count) send_next(false);
        for (; due < count && due_at[due] <= time; due++)
            if (available_count) send_next(true);
        if (time > end + SETTLING) break;
        wake_at(timer, due < count ? due_at[due] : time + 0.01);
    }
    return now() - began;
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* In microseconds. */
static double percentile(const double *ordered, int count, double share) {
    int place = (int)(count * share);
    return count ? ordered[place < count ? place : count - 1] * 1e6 : 0.0;
}

int main(int argc, char **argv) {
    if (argc != 6) {
        fprintf(stderr, "usage: %s PORT RATE SECONDS CONNECTIONS FILE\n", argv[0]);
        return 2;
    }
    port = atoi(argv[1]);
    double rate = atof(argv[2]), seconds = atof(argv[3]);
    connected = atoi(argv[4]);
    read_requests(argv[5]);
    poller = epoll_create1(0);
    connections = allocated((size_t)connected, sizeof *connections);
    available = allocated((size_t)connected, sizeof *available);
    for (int index = 0; index < connected; index++) join(index);

    size_t most = (size_t)(2 * rate * seconds) + 1000;
    due_at = allocated(most, sizeof *due_at);
    latencies = allocated(most, sizeof *latencies);
    lateness = allocated(most, sizeof *lateness);
    unsigned short drawn[3] = {SEED[0], SEED[1], SEED[2]};
    double began = now() + BEGINNING, end = began + seconds, time = began;
    int count = 0;
    for (; time < end && (size_t)count < most; time -= log(1.0 - erand48(drawn)) / rate) due_at[count++] = time;

    struct sched_param first = {.sched_priority = sched_get_priority_min(SCHED_RR)};
    bool preferred = sched_setscheduler(0, SCHED_RR, &first) == 0;
    double took = run(count, began, end), sum = 0;
    for (int index = 0; index < connected; index++)
        if (connections[index].waiting_for != NONE) note_latency(connections[index].waiting_for);
    while (sent < count) note_latency(sent++);
    for (int each = 0; each < heard_of; each++) sum += latencies[each];
    qsort(latencies, (size_t)heard_of, sizeof *latencies, ascending);
    qsort(lateness, (size_t)late, sizeof *lateness, ascending);
    printf("{\"requests\": %d, \"seconds\": %f, \"failures\": %d, \"repeated\": %s, \"preferred\": %s, \"mean\": %f, "
           "\"p50\": %f, \"p90\": %f, \"p99\": %f, \"p999\": %f, \"max\": %f, \"late_p99\": %f}\n",
           answered, took, refused + count - answered, sent > prepared ? "true" : "false", preferred ? "true" : "false",
           heard_of ? sum / heard_of * 1e6 : 0.0, percentile(latencies, heard_of, 0.5),
           percentile(latencies, heard_of, 0.9), percentile(latencies, heard_of, 0.99),
           percentile(latencies, heard_of, 0.999), percentile(latencies, heard_of, 1.0),
           percentile(lateness, late, 0.99));
    return 0;
}
