import QtQuick
import "../components"
import "../theme"

// A word of the header that can be touched: who acts, a fault, a link.
Rectangle {
    id: button

    property string icon
    property string text
    // What a button without a word says to assistive technology.
    property string label: button.text
    // A fault: stands out by its filled ground and its icon. It is no alarm, so no priority colour.
    property bool alarming: false
    property real maximum: Theme.length(300)
    readonly property color textColor: button.alarming ? Theme.header : Theme.inkOnHeader

    signal activated

    Accessible.name: button.label
    Accessible.role: Accessible.Button
    activeFocusOnTab: button.visible
    border.color: button.activeFocus ? Theme.inkOnHeader : Theme.headerLine
    border.width: button.activeFocus ? Theme.edge : button.alarming ? 0 : Theme.hairline
    color: button.alarming ? Theme.inkOnHeader : tap.pressed ? Theme.headerLine : "transparent"
    implicitHeight: Theme.touchStaff
    implicitWidth: button.text === "" ? Theme.touchStaff : Math.max(Theme.touchStaff, words.x + words.width + 1.5 * Theme.grid)
    radius: Theme.radiusSmall

    Accessible.onPressAction: button.activated()
    Keys.onEnterPressed: button.activated()
    Keys.onReturnPressed: button.activated()
    Keys.onSpacePressed: button.activated()

    // How wide the words are before they are made to fit.
    TextMetrics {
        id: natural

        font: words.font
        text: button.text
    }
    Icon {
        id: mark

        anchors.verticalCenter: parent.verticalCenter
        color: button.textColor
        name: button.icon
        size: Math.round((button.text === "" ? 1.4 : 1.25) * Theme.sizeLabel)
        x: button.text === "" ? (button.width - width) / 2 : 1.25 * Theme.grid
    }
    Label {
        id: words

        // Not `mark.right`: without a text the mark is centred, and its place hangs on the width.
        anchors.left: parent.left
        anchors.leftMargin: 2.25 * Theme.grid + mark.width
        anchors.verticalCenter: parent.verticalCenter
        color: button.textColor
        elide: Text.ElideRight
        font.pixelSize: Theme.sizeLabel
        font.weight: button.alarming ? Theme.bold : Theme.regular
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.75 * Theme.sizeLabel)
        tabular: true
        text: button.text
        width: Math.min(natural.advanceWidth + 1, button.maximum - x - Theme.grid)
    }
    Touch {
        id: tap

        onTapped: button.activated()
    }
}
