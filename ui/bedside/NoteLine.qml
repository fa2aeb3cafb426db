import QtQuick
import "../components"
import "../theme"

// One line above the pages: a broken link, the screen's own fault, a dead call unit. Its letters
// become smaller rather than take a second line: what is below must stay whole.
Rectangle {
    id: line

    property string text
    property string iconName
    // The screen's own faults are for staff.
    property bool small: false
    // Said to the patient, kindly: no fault of anything.
    property bool warm: false
    readonly property real size: Math.round(line.warm && Theme.textScale < 1.2 ? Theme.sizeBody : Theme.sizeSmall * (line.small ? 0.75 : 1))

    Accessible.name: line.text
    Accessible.role: Accessible.AlertMessage
    color: line.warm ? Theme.brandSoft : Theme.sunken
    height: line.visible ? words.contentHeight + Theme.grid : 0
    visible: line.text !== ""

    Icon {
        id: mark

        anchors.left: parent.left
        anchors.leftMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        color: line.warm ? Theme.brand : Theme.ink
        name: line.iconName
        size: Math.round(1.1 * line.size / (Theme.textScale > 1.2 ? 1.5 : 1))
    }
    Label {
        id: words

        anchors.left: mark.right
        anchors.leftMargin: Theme.grid
        anchors.right: parent.right
        anchors.rightMargin: Theme.margin
        anchors.verticalCenter: parent.verticalCenter
        font.pixelSize: line.size
        font.weight: Theme.semibold
        color: line.warm ? Theme.brand : Theme.ink
        fontSizeMode: Text.HorizontalFit
        minimumPixelSize: Math.round(0.5 * line.size)
        tabular: true
        text: line.text
    }
    Rectangle {
        anchors.bottom: parent.bottom
        color: Theme.dashed
        height: Theme.hairline
        width: parent.width
    }
}
