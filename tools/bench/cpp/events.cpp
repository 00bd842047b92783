// A discrete-event loop over std::priority_queue: the rival of programs/events.ts.
//
//   events <pending> <rounds> <events>
//
// `pending` sources; each event schedules its source again after the next delay of a pseudo-random sequence. The
// checksum depends on the order of all events.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <queue>
#include <vector>

namespace {

struct Moment {
  double timeNs;
  int64_t sequence;
  int32_t source;
};

struct Later {
  bool operator()(const Moment& left, const Moment& right) const {
    return left.timeNs != right.timeNs ? left.timeNs > right.timeNs : left.sequence > right.sequence;
  }
};

uint32_t checksum = 0;
uint32_t randomState = 1;
int64_t sequence = 0;
std::priority_queue<Moment, std::vector<Moment>, Later> queue;

double delay() {
  randomState = randomState * 1664525u + 1013904223u;
  return static_cast<double>(100 + (randomState >> 22));
}

__attribute__((noinline)) void run(int64_t events) {
  for (int64_t event = 0; event < events; event++) {
    const Moment now = queue.top();
    queue.pop();
    checksum = checksum * 31u + static_cast<uint32_t>(now.source);
    queue.push({now.timeNs + delay(), sequence++, now.source});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  for (int32_t source = 0; source < std::atoi(argv[1]); source++) queue.push({delay(), sequence++, source});
  const int64_t events = std::atoll(argv[3]);
  for (int round = -1; round < std::atoi(argv[2]); round++) {
    const auto start = std::chrono::steady_clock::now();
    run(events);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    if (round < 0) continue;  // one round to warm up
    std::printf("%.4f %u\n", took.count() / static_cast<double>(events), checksum);
  }
}
