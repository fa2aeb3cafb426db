import QtQuick
import "../theme"

// The nursing level as the hospital's colour, always with the level's word beside or inside it.
Rectangle {
    id: bar

    // Empty: no level is known, nothing is drawn.
    property string levelColor
    // One character inside a broad bar ("一"); empty in a narrow one that stands beside the word.
    property string mark

    color: bar.levelColor === "" ? "transparent" : bar.levelColor

    Label {
        anchors.centerIn: parent
        color: Theme.inkOn(bar.levelColor)
        font.pixelSize: Theme.sizeMark
        font.weight: Theme.semibold
        text: bar.mark
        visible: bar.levelColor !== "" && bar.mark !== ""
    }
}
