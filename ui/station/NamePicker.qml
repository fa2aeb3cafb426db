pragma ComponentBehavior: Bound

import QtQuick
import SmartWard.Screen
import "../components"
import "../theme"

// Who acts, once per shift; or to whom a call is handed over. It covers the board, never the queue.
FocusScope {
    id: picker

    required property StationModel model
    readonly property bool toColleague: picker.model.handingOver

    signal dismissed

    focus: true

    Component.onCompleted: picker.forceActiveFocus()

    Card {
        anchors.fill: parent
        objectName: "namePicker"
    }
    Label {
        id: title

        anchors.left: parent.left
        anchors.leftMargin: 2 * Theme.margin
        anchors.right: parent.right
        anchors.rightMargin: 2 * Theme.margin
        font.pixelSize: Theme.sizeTitle
        font.weight: Theme.black
        text: picker.toColleague ? qsTr("Who goes to %1 instead?").arg(picker.model.handOverText) : qsTr("Who are you?")
        wrapMode: Text.Wrap
        y: 1.5 * Theme.margin
    }
    Label {
        id: hint

        anchors.left: title.left
        anchors.right: title.right
        anchors.top: title.bottom
        anchors.topMargin: Theme.grid / 2
        color: Theme.muted
        font.pixelSize: Theme.sizeLabel
        text: picker.toColleague ? qsTr("The call asks for somebody until your colleague answers.") : qsTr("Touch your name. It stays in the header until the shift ends, and can be changed there.")
        wrapMode: Text.Wrap
    }
    GridView {
        id: names

        readonly property int perRow: Math.max(1, Math.floor(width / Theme.length(260)))

        anchors.bottom: foot.top
        anchors.bottomMargin: Theme.margin
        anchors.left: title.left
        anchors.right: title.right
        anchors.top: hint.bottom
        anchors.topMargin: Theme.margin
        boundsBehavior: Flickable.StopAtBounds
        cellHeight: Theme.length(104)
        cellWidth: Math.floor(width / perRow)
        clip: true
        focus: true
        interactive: contentHeight > height
        keyNavigationEnabled: true
        model: picker.toColleague ? picker.model.colleagues : picker.model.staff

        delegate: NameButton {
            chosen: GridView.isCurrentItem && names.activeFocus
            height: names.cellHeight
            width: names.cellWidth

            onTouched: {
                if (picker.toColleague)
                    picker.model.handOverTo(key);
                else
                    picker.model.chooseStaff(key);
            }
        }

        Keys.onEnterPressed: (names.currentItem as NameButton)?.touched()
        Keys.onReturnPressed: (names.currentItem as NameButton)?.touched()
    }
    Row {
        id: foot

        anchors.bottom: parent.bottom
        anchors.bottomMargin: 1.5 * Theme.margin
        anchors.left: title.left
        spacing: 2 * Theme.gap

        TouchButton {
            minimum: Theme.length(56)
            objectName: "actAsStation"
            text: qsTr("Act as the nurse station")
            visible: !picker.toColleague

            onActivated: picker.model.chooseStaff("")
        }
        TouchButton {
            kind: "quiet"
            minimum: Theme.length(56)
            objectName: "pickerCancel"
            text: qsTr("Back")

            onActivated: picker.dismissed()
        }
    }
}
