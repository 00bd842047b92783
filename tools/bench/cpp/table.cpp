// One table stepped by random events over 4096 instances: the rival of programs/table.ts.
//
//   table <tables> <rounds> <steps>
//
// `tables` holds int32 words: state count, event count, next states, verdicts. Events come from a xorshift generator.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

constexpr int32_t kInstances = 4096, kEvents = 65536;

__attribute__((noinline)) int64_t run(const std::vector<uint8_t>& next, const std::vector<uint8_t>& verdict,
                                      const std::vector<uint8_t>& events, std::vector<uint8_t>& states,
                                      int32_t eventCount, int64_t steps) {
  int64_t refused = 0;
  for (int64_t step = 0; step < steps; step++) {
    const int32_t at = states[step & (kInstances - 1)] * eventCount + events[step & (kEvents - 1)];
    refused += verdict[at] != 0;
    states[step & (kInstances - 1)] = next[at];
  }
  return refused;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  FILE* file = std::fopen(argv[1], "rb");
  if (!file) return 2;
  std::vector<int32_t> words(1 << 16);
  const size_t read = std::fread(words.data(), 4, words.size(), file);
  std::fclose(file);
  if (read < 2) return 2;
  const int32_t stateCount = words[0], eventCount = words[1], cells = stateCount * eventCount;
  std::vector<uint8_t> next(words.begin() + 2, words.begin() + 2 + cells);
  std::vector<uint8_t> verdict(words.begin() + 2 + cells, words.begin() + 2 + 2 * cells);
  std::vector<uint8_t> states(kInstances), events(kEvents);
  uint32_t random = 12345;
  for (uint8_t& event : events) {
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    event = static_cast<uint8_t>(random % static_cast<uint32_t>(eventCount));
  }
  const int64_t steps = std::atoll(argv[3]);
  int64_t sum = 0;
  for (int round = -1; round < std::atoi(argv[2]); round++) {
    const auto start = std::chrono::steady_clock::now();
    sum += run(next, verdict, events, states, eventCount, steps);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    if (round < 0) continue;  // one round to warm up
    std::printf("%.4f %lld\n", took.count() / static_cast<double>(steps), static_cast<long long>(sum));
  }
}
