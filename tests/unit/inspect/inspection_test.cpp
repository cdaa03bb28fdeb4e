#include "athanor/inspect/inspection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/core/mat.hpp>
#include <opencv2/imgcodecs.hpp>

#include "athanor/core/files.hpp"
#include "athanor/core/json.hpp"

namespace athanor::inspect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class InspectionTest : public ::testing::Test {
 protected:
  std::filesystem::path picture(const std::string& name) {
    const auto path = root_.path() / "images" / name;
    std::filesystem::create_directories(path.parent_path());
    return path;
  }

  void put(const std::string& name, std::string_view content) {
    std::ofstream(picture(name), std::ios::binary) << content;
  }

  void draw(const std::string& name, int width, int height, int type = CV_8UC3) {
    ASSERT_TRUE(cv::imwrite(picture(name).string(), cv::Mat(height, width, type, cv::Scalar(90))));
  }

  Json inspected(const Decoder& decoder = decode, DecoderLimits limits = generous_) {
    const auto output = root_.path() / "found.json";
    const auto done = inspect(root_.path() / "images", output, decoder, limits);
    EXPECT_TRUE(done) << done.error().message;
    return parse_json(read_file(output).value_or("null")).value();
  }

  /// "kind file" of each fault.
  static std::vector<std::string> faults(const Json& found) {
    std::vector<std::string> texts;
    for (const auto& fault : found.at("faults").at("listed")) {
      texts.push_back(fault.at("kind").get<std::string>() + " " +
                      fault.at("file").get<std::string>());
    }
    return texts;
  }

  static constexpr DecoderLimits generous_{std::chrono::seconds(20), 1ULL << 31};
  testing::TempDir root_;
};

/// What a decoder does with a picture of this name.
Decoded misbehave(const std::filesystem::path& path) {
  const auto name = path.stem().string();
  if (name == "crash") {
    raise(SIGSEGV);
  } else if (name == "exit") {
    _exit(7);
  } else if (name == "spin") {
    for (std::atomic<int> turns = 0;; ++turns) {
    }
  } else if (name == "sleep") {
    pause();
  } else if (name == "hoard") {
    const std::vector<char> much(1ULL << 33, 'x');
    return {.outcome = Outcome::decoded, .channels = static_cast<std::uint8_t>(much[5])};
  }
  return {.outcome = Outcome::decoded, .channels = 3, .bits = 8, .width = 4, .height = 3};
}

TEST_F(InspectionTest, CountsChannelsDepthsAndSizes) {
  draw("color.png", 100, 20);
  draw("sub/gray.png", 65, 64, CV_8UC1);
  draw("deep.png", 64, 64, CV_16UC1);
  draw("alpha.png", 1, 1, CV_8UC4);
  const Json found = inspected();
  EXPECT_EQ(found.at("pictures"), 4);
  EXPECT_EQ(found.at("decoded"), 4);
  EXPECT_EQ(to_text(found.at("channels")), R"({"1":2,"3":1,"4":1})");
  EXPECT_EQ(to_text(found.at("bits")), R"({"8":3,"16":1})");
  EXPECT_EQ(to_text(found.at("longest_side_up_to")), R"({"1":1,"64":1,"128":2})");
  EXPECT_EQ(found.at("faults").at("total"), 0);
}

TEST_F(InspectionTest, NamesWhatCannotBeDecoded) {
  draw("fine.png", 8, 8);
  put("empty.png", "");
  put("page.jpg", "<html></html>");
  const auto whole = read_file(picture("fine.png")).value();
  put("cut.png", whole.substr(0, 40));
  put("notes.txt", "not a picture and not asked to be one");
  const Json found = inspected();
  EXPECT_EQ(found.at("decoded"), 1);
  EXPECT_THAT(faults(found),
              ElementsAre("undecodable cut.png", "empty_file empty.png", "undecodable page.jpg"));
}

TEST_F(InspectionTest, APictureThatBreaksTheDecoderCostsItselfAlone) {
  for (const auto* name : {"a.png", "crash.png", "exit.png", "z.png"}) {
    put(name, "x");
  }
  const Json found = inspected(misbehave);
  EXPECT_EQ(found.at("decoded"), 2);
  EXPECT_THAT(faults(found), ElementsAre("breaks_decoder crash.png", "breaks_decoder exit.png"));
  EXPECT_THAT(to_text(found), HasSubstr("signal 11"));
}

TEST_F(InspectionTest, APictureMayNotTakeLongerThanTheLimit) {
  for (const auto* name : {"sleep.png", "spin.png", "z.png"}) {
    put(name, "x");
  }
  const Json found = inspected(misbehave, {std::chrono::seconds(1), 1ULL << 31});
  EXPECT_EQ(found.at("decoded"), 1);
  EXPECT_THAT(faults(found), ElementsAre("breaks_decoder sleep.png", "breaks_decoder spin.png"));
  EXPECT_THAT(to_text(found), HasSubstr("longer than 1 s"));
}

TEST_F(InspectionTest, APictureMayNotTakeMoreMemoryThanTheLimit) {
  put("hoard.png", "x");
  put("z.png", "x");
  const Json found = inspected(misbehave);
  EXPECT_EQ(found.at("decoded"), 1);
  EXPECT_EQ(faults(found).size(), 1U);
}

TEST_F(InspectionTest, TheDecoderHasNoNetworkAndNoProgramsAndChangesNoFiles) {
  put("a.png", "x");
  // Tells as its channels which call, counted from 1, was not refused; 0 is none.
  const auto escape = [](const std::filesystem::path& picture) -> Decoded {
    const auto refused = [](long outcome) { return outcome < 0 && errno == EPERM; };
    const std::string path = picture.string();
    const std::string other = path + ".new";
    char program[] = "/bin/true";
    char* arguments[] = {program, nullptr};
    const std::array calls = {
      refused(::socket(AF_INET, SOCK_STREAM, 0)),
      refused(::execve(program, arguments, nullptr)),
      refused(::syscall(SYS_io_uring_setup, 1, nullptr)),
      refused(::open(path.c_str(), O_WRONLY)),
      refused(::open(path.c_str(), O_RDONLY | O_TRUNC)),
      refused(::open(other.c_str(), O_RDONLY | O_CREAT, 0600)),
      refused(::truncate(path.c_str(), 0)),
      refused(::rename(path.c_str(), other.c_str())),
      refused(::chmod(path.c_str(), 0600)),
      refused(::unlink(path.c_str())),
#if defined(__x86_64__)
      refused(::syscall(0x40000000L | SYS_getpid)),
#endif
    };
    const auto first = std::find(calls.begin(), calls.end(), false);
    const auto place = first == calls.end() ? 0 : 1 + (first - calls.begin());
    return {.outcome = Outcome::decoded, .channels = static_cast<std::uint8_t>(place)};
  };

  EXPECT_EQ(to_text(inspected(escape).at("channels")), R"({"0":1})");
  EXPECT_EQ(read_file(picture("a.png")).value_or(""), "x");
}

TEST_F(InspectionTest, WithoutPicturesThereIsNothingToFind) {
  std::filesystem::create_directories(root_.path() / "images");
  EXPECT_EQ(inspected().at("pictures"), 0);
}

TEST_F(InspectionTest, AMissingFolderIsAnError) {
  EXPECT_FALSE(inspect(root_.path() / "gone", root_.path() / "found.json"));
  EXPECT_FALSE(std::filesystem::exists(root_.path() / "found.json"));
}

}  // namespace
}  // namespace athanor::inspect
