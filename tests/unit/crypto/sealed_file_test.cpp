#include <cerrno>
#include <stdexcept>

#include "support/clear_content.hpp"
#include "support/paths.hpp"
#include "support/temp_dir.hpp"
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "athanor/core/disk_calls.hpp"
#include "athanor/core/files.hpp"
#include "athanor/crypto/seal_header.hpp"
#include "athanor/crypto/sealed_reader.hpp"
#include "athanor/crypto/sealed_writer.hpp"

namespace athanor::crypto {
namespace {

using athanor::testing::clear_content;
using athanor::testing::TempDir;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::size_t sealed_chunk = seal_chunk_bytes + seal_chunk_overhead;

/// Neither constant nor repeating with the chunks.
std::string sample(std::size_t bytes) {
  std::string content;
  for (std::size_t i = 0; i < bytes; ++i) {
    content.push_back(static_cast<char>((i * i + 7 * i) % 251));
  }
  return content;
}

/// Shared, so that the slow step is made once.
const Passphrase& passphrase() {
  static const Passphrase one(Secret(std::string("right")));
  return one;
}

Status write_one(const std::filesystem::path& file, std::string_view content) {
  const auto whole = [content](const ByteSink& sink) { return sink(content); };
  return write_sealed(file, content.size(), whole, passphrase());
}

/// Three and a bit chunks.
class SealedFile : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(write_one(file, content));
    sealed = read_file(file).value();
  }

  /// What is said of a file with these bytes.
  Error error_for(const std::string& bytes) const {
    EXPECT_TRUE(write_file_atomic(file, bytes));
    const auto read = clear_content(file, passphrase());
    return read ? Error{ErrorCode::internal, "it was accepted"} : read.error();
  }

  TempDir folder;
  std::filesystem::path file = folder.path() / "weights.safetensors";
  std::string content = sample(3 * seal_chunk_bytes + 100);
  std::string sealed;
};

TEST_F(SealedFile, ComesBackWhateverItsSize) {
  for (const std::size_t bytes : {std::size_t{0},
                                  std::size_t{1},
                                  seal_chunk_bytes - 1,
                                  seal_chunk_bytes,
                                  seal_chunk_bytes + 1,
                                  3 * seal_chunk_bytes}) {
    ASSERT_TRUE(write_one(file, sample(bytes)));

    const auto read = clear_content(file, passphrase());

    ASSERT_TRUE(read) << bytes << ": " << read.error().message;
    EXPECT_EQ(*read, sample(bytes)) << bytes;
    EXPECT_EQ(std::filesystem::file_size(file), sealed_size(bytes));
  }
}

TEST_F(SealedFile, IsTheSameHoweverItsContentWasDivided) {
  const std::string_view whole = content;
  const std::string_view pieces[] = {whole.substr(0, 10),
                                     whole.substr(10, 0),
                                     whole.substr(10, seal_chunk_bytes),
                                     whole.substr(10 + seal_chunk_bytes, 1),
                                     whole.substr(11 + seal_chunk_bytes)};
  const auto in_pieces = [&pieces](const ByteSink& sink) -> Status {
    for (const auto piece : pieces) {
      ATHANOR_CHECK_OK(sink(piece));
    }
    return {};
  };
  ASSERT_TRUE(write_sealed(file, content.size(), in_pieces, passphrase()));

  EXPECT_EQ(clear_content(file, passphrase()).value(), content);
}

TEST_F(SealedFile, DoesNotAppearWhereItsContentHasAnotherLength) {
  const auto whole = [this](const ByteSink& sink) { return sink(content); };

  for (const auto length : {content.size() - 1, content.size() + 1}) {
    EXPECT_THROW((void)write_sealed(file, length, whole, passphrase()), std::logic_error);
  }

  EXPECT_EQ(read_file(file).value(), sealed);
}

TEST_F(SealedFile, IsReadInStepsOfAnySize) {
  for (const std::uint64_t step : {std::uint64_t{1000}, std::uint64_t{70'000}}) {
    auto reader = SealedReader::open(file, passphrase()).value();
    std::string read;
    while (read.size() < reader.size()) {
      std::string part(std::min(step, reader.size() - read.size()), '\0');
      ASSERT_TRUE(reader.read(part.data(), part.size()));
      read += part;
    }

    EXPECT_EQ(read, content) << step;
    EXPECT_FALSE(reader.read(read.data(), 1));
  }
}

TEST_F(SealedFile, OfAnotherImplementationIsRead) {
  const auto golden = athanor::testing::source_folder() / "tests/golden/sealed/sealed.safetensors";

  const auto read = clear_content(golden, Passphrase(Secret(std::string("golden key"))));

  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, sample(seal_chunk_bytes + 1000));
}

TEST_F(SealedFile, HoldsNothingInTheClear) {
  ASSERT_TRUE(write_one(file, std::string(1000, 'A')));

  EXPECT_EQ(read_file(file)->find("AAAA"), std::string::npos);
  EXPECT_EQ(read_file(file)->find("right"), std::string::npos);
}

TEST_F(SealedFile, IsNeverTwiceTheSame) {
  ASSERT_TRUE(write_one(file, content));

  EXPECT_NE(read_file(file).value().substr(seal_header_bytes), sealed.substr(seal_header_bytes));
}

TEST_F(SealedFile, TellsAWrongKey) {
  const auto opened = SealedReader::open(file, Passphrase(Secret(std::string("wrong"))));

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::forbidden);
  EXPECT_EQ(opened.error().message, "wrong encryption key");
}

TEST_F(SealedFile, TellsWhichBytesAreDamaged) {
  for (const std::size_t place : {std::size_t{100}, sealed_chunk + 100, sealed.size() - 1}) {
    std::string damaged = sealed;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    const auto chunk = (place - seal_header_bytes) / sealed_chunk;
    const auto begin = seal_header_bytes + chunk * sealed_chunk;
    const auto end = std::min(begin + sealed_chunk, sealed.size()) - 1;

    const auto error = error_for(damaged);

    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_EQ(
        error.message,
        "the file is damaged within bytes " + std::to_string(begin) + " to " + std::to_string(end));
  }
}

TEST_F(SealedFile, TellsADamagedHeader) {
  for (std::size_t place = 0; place < seal_header_bytes; ++place) {
    std::string damaged = sealed;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);

    const auto message = error_for(damaged).message;

    EXPECT_THAT(message,
                AnyOf("the file is damaged within bytes 0 to 99",
                      "the file is not encrypted",
                      StartsWith("the file is encrypted in version")))
        << place;
  }
}

TEST_F(SealedFile, TellsThatItIsCutOff) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, seal_header_bytes - 1}) {
    EXPECT_EQ(error_for(sealed.substr(0, size)).message, "the file is cut off within its header");
  }
  for (const std::size_t size : {seal_header_bytes,
                                 seal_header_bytes + 3 * sealed_chunk,  // Between two chunks.
                                 sealed.size() - 1}) {
    EXPECT_EQ(error_for(sealed.substr(0, size)).message,
              "the file is cut off: it has " + std::to_string(size) + " of " +
                  std::to_string(sealed.size()) + " bytes");
  }
}

TEST_F(SealedFile, TellsWhatFollowsItsEnd) {
  EXPECT_EQ(error_for(sealed + "more").message, "the file is damaged: 4 bytes follow its end");
}

TEST_F(SealedFile, RefusesChunksInAnotherOrder) {
  const auto chunk = [&](std::size_t index) {
    return sealed.substr(seal_header_bytes + index * sealed_chunk, sealed_chunk);
  };
  const auto header = sealed.substr(0, seal_header_bytes);

  EXPECT_THAT(error_for(header + chunk(1) + chunk(0) + chunk(2) + chunk(3)).message,
              StartsWith("the file is damaged within bytes 100 to"));
  EXPECT_THAT(error_for(header + chunk(0) + chunk(0) + chunk(2) + chunk(3)).message,
              StartsWith("the file is damaged within bytes 65653 to"));
}

TEST_F(SealedFile, RefusesChunksOfAnotherFileOfTheSameKey) {
  ASSERT_TRUE(write_one(file, content));
  const auto other = read_file(file).value();

  EXPECT_THAT(
      error_for(sealed.substr(0, seal_header_bytes) + other.substr(seal_header_bytes)).message,
      HasSubstr("damaged"));
}

TEST_F(SealedFile, TellsAFileThatIsInTheClear) {
  EXPECT_EQ(error_for(std::string("\x10\0\0\0\0\0\0\0{}", 10) + std::string(200, ' ')).message,
            "the file is not encrypted");
}

TEST_F(SealedFile, TellsAMissingFile) {
  EXPECT_EQ(SealedReader::open(folder.path() / "none", passphrase()).error().code,
            ErrorCode::not_found);
  EXPECT_EQ(SealedReader::open(folder.path(), passphrase()).error().code, ErrorCode::io);
}

TEST_F(SealedFile, KeepsItsOldContentWhicheverCallFails) {
  int calls = 0;
  for (bool failed = true; failed; ++calls) {
    ASSERT_TRUE(write_one(file, "old"));
    const disk::Fault fault(calls, ENOSPC);
    const auto written = write_one(file, content);
    failed = fault.happened();

    EXPECT_EQ(written.has_value(), !failed) << calls;
    EXPECT_THAT(clear_content(file, passphrase()).value(), AnyOf("old", content)) << calls;
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << calls;
  }
  EXPECT_EQ(calls, 10);  // As any file, with five writes: the header and four chunks.
}

TEST_F(SealedFile, IsUnsealedIntoAFileOfItsOwnersAlone) {
  const auto clear = folder.path() / "clear";

  ASSERT_TRUE(unseal(file, clear, passphrase()));

  EXPECT_EQ(read_file(clear).value(), content);
  EXPECT_EQ(std::filesystem::status(clear).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(SealedFile, IsNotUnsealedInPart) {
  sealed.back() = static_cast<char>(sealed.back() ^ 1);
  ASSERT_TRUE(write_file_atomic(file, sealed));

  const auto unsealed = unseal(file, folder.path() / "clear", passphrase());

  ASSERT_FALSE(unsealed);
  EXPECT_THAT(unsealed.error().message, StartsWith("weights.safetensors: the file is damaged"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

}  // namespace
}  // namespace athanor::crypto
